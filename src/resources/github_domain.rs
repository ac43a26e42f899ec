//! How an agent signs in to GitHub.

use azure::ListShape;
use tfplugin::schema::Validator;
use tfplugin::{Diagnostic, Diagnostics, Path, Value};

use crate::kind::{
    Envelope, Field, Kind, Name, Node, OneOf, Place, Spelling, StoreKind, Variant, same,
};

/// `azuresre_github_domain`.
pub(super) fn kind() -> Kind {
    Kind {
        name: "github_domain",
        title: "GitHub domain",
        about: "How an agent signs in to GitHub, or to a GitHub Enterprise host, to clone repositories \
                and to work on issues.",
        notes: vec![
            "Signing in as a person (OAuth) needs a browser and is no matter of configuration: \
             `azuresre_github_oauth` gives the URL for it.",
            "Repositories need a domain before they can be cloned; let `azuresre_repo` depend on it. \
             Destroying it signs the agent out.",
        ],
        store: StoreKind::Named(Name {
            about: "The host, such as `github.com`. A change replaces the domain.",
            validators: vec![Validator::pattern(
                "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)+$",
                "the name of a host in lower case",
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
            // What the list tells besides the domain differs between builds of the service.
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
            tag: "/authType",
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
            "The token, with access to the repositories.",
        )
        .into(),
    ];
    Variant::new(
        "pat",
        Some("Pat"),
        "A personal access token, for `github.com` only.",
        nodes,
    )
}

fn app() -> Variant {
    let nodes = vec![
        Field::string(
            "client_id",
            "/clientId",
            "The client id of the app, such as `Iv23…`.",
        )
        .required_unread()
        .check(Validator::length(1, 256))
        .into(),
        Field::string(
            "private_key_uri",
            "/privateKeySecretUri",
            "The URI of the app's private key in a key vault, such as \
             `https://<vault>.vault.azure.net/keys/<name>`.",
        )
        .required_unread()
        .check(Validator::pattern("^https://[^\\s/]+/\\S+$", "a URI in a key vault").of_reference())
        .into(),
        Field::string(
            "key_vault_identity_id",
            "/keyVaultManagedIdentityId",
            "The resource id of the user-assigned identity that may use the key.",
        )
        .required_unread()
        .same(same::ignoring_case)
        .check(super::shared::resource_id())
        .into(),
    ];
    Variant::new(
        "app",
        Some("GitHubApp"),
        "A GitHub app of one's own.",
        nodes,
    )
}

/// A token is needed to sign in; an import does not read it.
fn check_token(config: &Value, prior: &Value, diagnostics: &mut Diagnostics) {
    let pat = config.get("pat");
    let is_new = prior.get("pat").is_null();
    if is_new && pat.is_known() && pat.get("token").is_null() && pat.get("token_wo").is_null() {
        let detail = "Set `token_wo`, or `token` with hosts that do not know write-only arguments.";
        let path = Path::from("pat").attribute("token_wo");
        diagnostics.push(Diagnostic::error("The token is missing", detail).at(path));
    }
}

fn check_host(config: &Value, diagnostics: &mut Diagnostics) {
    let is_elsewhere = config
        .get("name")
        .as_str()
        .is_some_and(|name| name != "github.com");
    if config.get("pat").is_known() && is_elsewhere {
        let detail = "The service takes tokens for `github.com` only; other hosts need `app`.";
        diagnostics.push(Diagnostic::error("No token for this host", detail).at("pat"));
    }
}
