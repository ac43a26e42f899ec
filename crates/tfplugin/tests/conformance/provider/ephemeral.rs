//! An ephemeral resource whose configuration determines what it does.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use tfplugin::{
    Attribute, CloseRequest, Diagnostic, Diagnostics, EphemeralResource, OpenRequest, OpenResponse,
    RenewRequest, RenewResponse, Schema, Value,
};

use super::Shared;

pub(super) struct Lease(pub(super) Arc<Shared>);

#[async_trait]
impl EphemeralResource for Lease {
    fn name(&self) -> &str {
        "conformance_lease"
    }

    fn schema(&self) -> Schema {
        Schema::from([
            ("name", Attribute::string("The name.").required()),
            ("note", Attribute::string("Anything.")),
            ("password", Attribute::string("A secret.").sensitive()),
            ("do", Attribute::string("What to do.")),
            ("token", Attribute::string("Made.").computed().sensitive()),
        ])
    }

    fn validate(&self, config: &Value, diagnostics: &mut Diagnostics) {
        if config.get("name").as_str() == Some("refused") {
            diagnostics.push(Diagnostic::error("Refused", "That name.").at("name"));
        }
    }

    async fn open(&self, request: OpenRequest) -> Result<OpenResponse, Diagnostics> {
        let OpenRequest { config, cancel, .. } = request;
        let mut result = config.clone();
        result.set("token", "made".into());
        // The framework keeps configured values, whatever the answer is.
        result.set("note", "another".into());
        let now = Timestamp::now();
        Ok(match config.get("do").as_str() {
            Some("panic") => panic!("a secret in a panic"),
            Some("fail") => {
                let secret = config.get("password").as_str().unwrap_or_default();
                return Err(Diagnostic::error("Failed", format!("It was {secret}.")).into());
            }
            Some("unknown") => {
                result.set("token", Value::Unknown);
                OpenResponse::new(result)
            }
            Some("wait") => {
                self.0.remote.note("waiting");
                cancel.cancelled().await;
                self.0.remote.note("cancelled");
                OpenResponse::new(result)
            }
            Some("renew") => OpenResponse::new(result)
                .with_private(b"opened".to_vec())
                .renewed_at(now + Duration::from_secs(3600)),
            Some("late") => OpenResponse::new(result).renewed_at(now - Duration::from_secs(60)),
            _ => OpenResponse::new(result),
        })
    }

    async fn renew(&self, request: RenewRequest) -> Result<RenewResponse, Diagnostics> {
        if request.private.is_empty() {
            return Err(Diagnostic::error("Failed", "There is nothing to renew.").into());
        }
        self.0.remote.note("renewed");
        Ok(RenewResponse::new(None))
    }

    async fn close(&self, request: CloseRequest) -> Diagnostics {
        let private = String::from_utf8_lossy(&request.private).into_owned();
        self.0.remote.note(&format!("closed {private}"));
        Diagnostics::new()
    }
}
