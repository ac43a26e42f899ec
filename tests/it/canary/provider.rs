//! The secrets of the provider block, set in the block and in the environment.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256, RsaKeySize};
use serde_json::{Value, json};

use super::evidence::{Evidence, ODD, Place};
use crate::world::{AGENT, World, newest};

/// The issuer of the tokens that the tenant trusts.
const ISSUER: &str = "https://oidc.example/cluster";
const SUBJECT: &str = "system:serviceaccount:ci:terraform";

/// A method to sign in.
struct Method {
    /// Arguments that are not secret.
    arguments: String,
    /// The secrets: arguments, their variables, and texts.
    secrets: Vec<(&'static str, &'static str, String)>,
    /// An invalid text for the first secret.
    wrong: String,
}

#[test]
fn secrets_of_the_provider_block_appear_nowhere() {
    let mut world = World::with_agent(&newest());
    let methods = methods(&world);
    let mut evidence = Evidence::default();
    let mut given = BTreeSet::new();
    let mut values = Vec::new();
    let addresses = world.emulator.addresses().clone();
    // From here on, only the addresses of the emulator are used, like those of a real service.
    world.workspace.env("AZURESRE_EMULATOR", "");
    world
        .workspace
        .env("SSL_CERT_FILE", &addresses.ca_certificate);
    world.workspace.log("TRACE");
    for method in &methods {
        // Set in the environment.
        configure(&world, &method.arguments, &[]);
        for (_, variable, text) in &method.secrets {
            world.workspace.env(variable, text);
        }
        let applied = world.workspace.apply().unwrap();
        evidence.output("apply", &applied);
        for (_, variable, _) in &method.secrets {
            world.workspace.env(variable, "");
        }
        // Set in the block.
        configure(&world, &method.arguments, &method.secrets);
        for (argument, _, text) in &method.secrets {
            world.workspace.env(format!("TF_VAR_{argument}"), text);
            given.insert((*argument).to_owned());
            values.push(text.clone());
        }
        let state = world.workspace.show().unwrap();
        let id = &state.values("azuresre_skill.triage").unwrap()["id"];
        let import = format!("import {{\n to = azuresre_skill.triage\n id = {id}\n}}\n");
        world.forget_state();
        world.workspace.write("import.tf", import).unwrap();
        let plan = world.workspace.plan().unwrap();
        evidence.note(Place::Plan, "show of the plan", plan.json.to_string());
        evidence.note(Place::Output, "plan", plan.output);
        evidence.output("import", &world.applies_plan());
        world.workspace.remove("import.tf").unwrap();
        // Set in the block, with a wrong value.
        let (argument, ..) = method.secrets[0];
        let variable = format!("TF_VAR_{argument}");
        world.workspace.env(&variable, &method.wrong);
        values.push(method.wrong.clone());
        let refused = world.workspace.plan_expecting_error().unwrap();
        evidence.output("a refusal", &refused);
        world.workspace.env(&variable, &method.secrets[0].2);
        evidence.files("signing in", &world);
    }
    evidence.output("destroy", &world.workspace.destroy().unwrap());
    evidence.files("destroy", &world);
    evidence.log(&world);
    assert_eq!(
        given,
        declared(&world),
        "these were given, and those are declared"
    );

    let found = evidence.find(&values);
    assert!(found.is_empty(), "{found:#?}");
    for (place, text) in [
        (Place::Output, "AADSTS"),
        (Place::Log, "client certificate"),
        (Place::Log, "ConfigureProvider"),
        (Place::State, "triage"),
        (Place::Plan, "triage"),
    ] {
        assert!(
            evidence.speaks_of(place, text),
            "no {place:?} speaks of {text}"
        );
    }
}

/// Returns every method that takes a secret, with a tenant that accepts it.
fn methods(world: &World) -> Vec<Method> {
    let text = |name: &str, odd: &str| format!("canary-1-{name}{odd}");
    // Headers only contain ASCII.
    let ascii = ODD.replace('\u{e9}', "");
    let secret = text("client-secret", ODD);
    let request_token = text("request-token", &ascii);
    let password = text("password", &ascii);
    let (certificate, pkcs12) = certificate(&password);
    let token = |subject: &str| {
        let part = |json: Value| BASE64_URL_SAFE_NO_PAD.encode(json.to_string());
        let claims = json!({
            "iss": ISSUER,
            "sub": subject,
            "aud": ["api://AzureADTokenExchange"],
            "exp": 4_102_444_800_u64,
        });
        let header = part(json!({ "alg": "RS256" }));
        format!("{header}.{}.c2lnbmF0dXJl", part(claims))
    };

    let mut profile = world.emulator.get("profile").unwrap();
    let entra = &mut profile["entra"];
    entra["pipeline_token"] = json!(request_token);
    let application = &mut entra["applications"][0];
    application["client_secret"] = json!(secret);
    application["certificates"] = json!([{ "pem": certificate }]);
    let known = json!({ "issuer": ISSUER, "subject": SUBJECT });
    let federated = application["federated_credentials"].as_array_mut();
    federated.unwrap().push(known);
    world.emulator.put("profile", &profile).unwrap();

    let pipeline = &world.emulator.addresses().more["github_oidc_url"];
    let pkcs12 = BASE64_STANDARD.encode(pkcs12);
    vec![
        Method {
            arguments: String::new(),
            wrong: text("another-client-secret", ODD),
            secrets: vec![("client_secret", "ARM_CLIENT_SECRET", secret)],
        },
        Method {
            arguments: String::new(),
            wrong: text("another-password", &ascii),
            secrets: vec![
                (
                    "client_certificate_password",
                    "ARM_CLIENT_CERTIFICATE_PASSWORD",
                    password,
                ),
                ("client_certificate", "ARM_CLIENT_CERTIFICATE", pkcs12),
            ],
        },
        Method {
            arguments: "use_oidc = true".to_owned(),
            wrong: token("system:serviceaccount:ci:stranger"),
            secrets: vec![("oidc_token", "ARM_OIDC_TOKEN", token(SUBJECT))],
        },
        Method {
            arguments: format!("use_oidc = true\noidc_request_url = {pipeline}"),
            wrong: text("another-request-token", &ascii),
            secrets: vec![(
                "oidc_request_token",
                "ARM_OIDC_REQUEST_TOKEN",
                request_token,
            )],
        },
    ]
}

/// Returns a certificate in PEM, and with its key as PKCS#12.
fn certificate(password: &str) -> (String, Vec<u8>) {
    let key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap();
    let params = CertificateParams::new(vec!["provider".to_owned()]).unwrap();
    let certificate = params.self_signed(&key).unwrap();
    let chain = p12_keystore::PrivateKeyChain::new(
        "id",
        p12_keystore::PrivateKey::from_der(&key.serialize_der()).unwrap(),
        [p12_keystore::Certificate::from_der(certificate.der()).unwrap()],
    );
    let mut store = p12_keystore::KeyStore::new();
    store.add_entry("alias", p12_keystore::KeyStoreEntry::PrivateKeyChain(chain));
    (certificate.pem(), store.writer(password).write().unwrap())
}

/// Writes a provider block with these secrets from ephemeral variables, and an object.
fn configure(world: &World, arguments: &str, secrets: &[(&str, &str, String)]) {
    let addresses = world.emulator.addresses();
    let mut block = format!(
        "tenant_id = {}\nclient_id = {}\nactive_directory_authority_host = {:?}\n\
         resource_manager_endpoint = {:?}\n\
         resource_manager_audience = \"https://management.azure.com\"\n{arguments}\n",
        addresses.more["tenant_id"],
        addresses.more["client_id"],
        addresses.authority_host,
        world.emulator.url(),
    );
    let mut config = format!(
        "resource \"azuresre_skill\" \"triage\" {{
           agent_id = \"{AGENT}\"
           name = \"triage\"
           plane = \"data_plane\"
           description = \"Finds causes.\"
           content = \"Compare the last hour with the same hour yesterday, then the day.\"
         }}\n"
    );
    for (argument, ..) in secrets {
        block.push_str(&format!("{argument} = var.{argument}\n"));
        config.push_str(&format!(
            "variable \"{argument}\" {{\n type = string\n ephemeral = true\n}}\n"
        ));
    }
    world.configure_provider(&block);
    world.configure(&config);
}

/// Returns the sensitive arguments of the provider block.
fn declared(world: &World) -> BTreeSet<String> {
    let schema = world.workspace.provider_schema().unwrap();
    let providers = schema["provider_schemas"].as_object().unwrap();
    let provider = &providers.values().next().unwrap()["provider"];
    let attributes = provider["block"]["attributes"].as_object().unwrap();
    let sensitive = attributes
        .iter()
        .filter(|(_, one)| one["sensitive"] == true);
    sensitive.map(|(name, _)| name.clone()).collect()
}
