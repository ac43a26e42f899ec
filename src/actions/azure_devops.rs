//! The action that signs an agent in to Azure DevOps.
//!
//! This is not a resource, because the service neither reports how an agent is signed in nor can
//! sign it out. There is nothing to read, compare or delete.

use async_trait::async_trait;
use azure::Request;
use azure::id::AgentId;
use serde_json::json;
use tfplugin::schema::Validator;
use tfplugin::{Attribute, Diagnostic, Diagnostics, Path, Schema, Value};

use super::data_plane::{Call, DataPlaneAction, Failure};

/// The methods with a secret: the argument, the path, and the member of the body that contains the
/// secret.
const SECRETS: [(&str, &str, &str); 2] = [
    (
        "personal_access_token",
        "/api/v1/AzureDevOps/auth/pat",
        "accessToken",
    ),
    (
        "access_token",
        "/api/v1/AzureDevOps/aadauth/complete",
        "aadAccessToken",
    ),
];

/// The path of the method without a secret.
const MANAGED_IDENTITY: &str = "/api/v1/AzureDevOps/auth/mi";

/// The action that signs an agent in to an organization.
pub(super) struct AzureDevopsAuth;

#[async_trait]
impl DataPlaneAction for AzureDevopsAuth {
    fn name(&self) -> &'static str {
        "azuresre_azure_devops_auth"
    }

    fn schema(&self) -> Schema {
        let secret = |about: &str| {
            Attribute::string(about)
                .write_only()
                .sensitive()
                .validator(Validator::not_empty())
        };
        Schema {
            description: "Signs an agent in to an organization of Azure DevOps, with the managed \
                          identity of the agent unless you give a token. The service does not \
                          show how an agent is signed in and cannot sign it out, so that this is \
                          an action and not a resource. Let it follow the creation of the agent \
                          with `action_trigger`, and invoke it again when a token changes."
                .to_owned(),
            ..Schema::from([
                (
                    "organization",
                    Attribute::string(
                        "URL of the organization, such as `https://dev.azure.com/contoso`.",
                    )
                    .required()
                    .validator(
                        Validator::pattern("^https://[^\\s/]+(/\\S*)?$", "an `https://` URL")
                            .of_reference(),
                    ),
                ),
                (
                    "personal_access_token",
                    secret("Personal access token of Azure DevOps. Conflicts with `access_token`."),
                ),
                (
                    "access_token",
                    secret(
                        "Access token of Microsoft Entra ID for Azure DevOps, whose resource is \
                         `499b84ac-1321-427f-aa17-267ca6975798`. Conflicts with \
                         `personal_access_token`.",
                    ),
                ),
            ])
        }
    }

    fn validate(&self, config: &Value, diagnostics: &mut Diagnostics) {
        if SECRETS
            .iter()
            .all(|(argument, ..)| !config.get(argument).is_null())
        {
            let detail = "Set either `personal_access_token` or `access_token`, but not both. To \
                          sign in with the managed identity of the agent, set neither.";
            diagnostics.push(
                Diagnostic::error("Conflicting sign-in arguments", detail)
                    .at(Path::from("access_token")),
            );
        }
    }

    fn purpose(&self, config: &Value, agent: &AgentId) -> String {
        format!("sign {} in to {}", agent.name(), organization(config))
    }

    async fn run(&self, call: Call<'_>) -> Result<(), Failure> {
        let organization = organization(call.config);
        let given = SECRETS.iter().find_map(|(argument, path, member)| {
            let secret = call.text(argument)?;
            Some((*path, json!({ *member: secret })))
        });
        let request = match given {
            Some((path, body)) => Request::post(path).json(body),
            None => Request::post(MANAGED_IDENTITY),
        };
        // Repeating the sign-in has no further effect.
        let request = request.query("organization", organization).idempotent(true);
        call.plane.send(request, call.budget).await?;
        call.progress
            .tell(format!("the agent is signed in to {organization}"));
        Ok(())
    }
}

fn organization(config: &Value) -> &str {
    config.get("organization").as_str().unwrap_or_default()
}
