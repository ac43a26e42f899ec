//! Credentials of an agent for GitHub.

use azure::ListShape;
use tfplugin::schema::Validator;
use tfplugin::{Diagnostic, Diagnostics, Path, Value};

use crate::kind::{
    Envelope, Field, Kind, Name, Node, OneOf, Place, Spelling, StoreKind, Variant, equality,
};

/// Returns the kind of `azuresre_github_domain`.
pub(super) fn kind() -> Kind {
    Kind {
        name: "github_domain",
        title: "GitHub domain",
        about: "A GitHub domain of an agent: the sign-in that the agent uses on `github.com` or on \
                a GitHub Enterprise host to clone repositories and to work on issues.",
        notes: vec![
            "This resource cannot sign in as a person (OAuth), because that requires a browser. \
             Use the data source `azuresre_github_oauth` to get the URL for this sign-in.",
            "The agent needs a GitHub domain before it can clone repositories. Add the domain to \
             the `depends_on` of your `azuresre_repo` resources.",
            "Destroying this resource signs the agent out.",
        ],
        store: StoreKind::Named(Name {
            about: "Host name of the domain, such as `github.com`.",
            validators: vec![Validator::pattern(
                "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)+$",
                "a lowercase host name",
            )],
        }),
        segment: "githubDomains",
        aliases: &["domains"],
        places: vec![Place {
            list: ListShape::Values,
            listed_by: Some("domain"),
            listed_whole: true,
            spelling: Spelling {
                write: |domain| domain.replace('.', "_"),
                read: |spelled| spelled.replace('_', "."),
            },
            // Builds of the service differ in the members that lists contain besides the domain.
            masked: &[
                "/authType",
                "/clientId",
                "/privateKeySecretUri",
                "/keyVaultManagedIdentityId",
            ],
            ..Place::data_plane("/api/v2/github/domains", Envelope::Bare)
        }],
        nodes: vec![Node::OneOf(OneOf {
            title: "way to sign in",
            tag: "/authType".into(),
            variants: vec![pat(), app()],
            replace: false,
        })],
        read_only: &["/domain", "/isConfigured", "/host"],
        checks: vec![check_host],
        plan_checks: vec![check_token],
        ..Kind::child()
    }
}

fn pat() -> Variant {
    let nodes = vec![
        Field::secret(
            "token",
            "/pat",
            "Personal access token that can read the repositories.",
        )
        .into(),
    ];
    Variant::new(
        "pat",
        Some("Pat"),
        "Sign-in with a personal access token. Only `github.com` supports it.",
        nodes,
    )
}

fn app() -> Variant {
    let nodes = vec![
        Field::string(
            "client_id",
            "/clientId",
            "Client ID of the app, such as `Iv23…`.",
        )
        .required_unread()
        .check(Validator::length(1, 256))
        .into(),
        Field::string(
            "private_key_uri",
            "/privateKeySecretUri",
            "URI of the app's private key in a key vault, such as \
             `https://<vault>.vault.azure.net/keys/<name>`.",
        )
        .required_unread()
        .check(
            Validator::pattern("^https://[^\\s/]+/\\S+$", "an `https://` URI with a path")
                .of_reference(),
        )
        .into(),
        Field::string(
            "key_vault_identity_id",
            "/keyVaultManagedIdentityId",
            "Resource ID of the user-assigned identity that has permission to use the key.",
        )
        .required_unread()
        .semantic_equality(equality::ignoring_case)
        .check(super::shared::resource_id())
        .into(),
    ];
    Variant::new(
        "app",
        Some("GitHubApp"),
        "Sign-in with your own GitHub app.",
        nodes,
    )
}

/// Checks that a token is set for the sign-in. An import does not read it.
fn check_token(config: &Value, prior: &Value, diagnostics: &mut Diagnostics) {
    let pat = config.get("pat");
    let is_new = prior.get("pat").is_null();
    if is_new && pat.is_known() && pat.get("token").is_null() && pat.get("token_wo").is_null() {
        let detail = "Set `token_wo`. With versions of Terraform or OpenTofu that do not support \
                      write-only arguments, set `token` instead.";
        let path = Path::from("pat").attribute("token_wo");
        diagnostics.push(Diagnostic::error("Missing token", detail).at(path));
    }
}

fn check_host(config: &Value, diagnostics: &mut Diagnostics) {
    let is_elsewhere = config
        .get("name")
        .as_str()
        .is_some_and(|name| name != "github.com");
    if config.get("pat").is_known() && is_elsewhere {
        let detail =
            "The service accepts tokens only for `github.com`. For other hosts, set `app`.";
        diagnostics.push(Diagnostic::error("Unsupported sign-in for this host", detail).at("pat"));
    }
}
