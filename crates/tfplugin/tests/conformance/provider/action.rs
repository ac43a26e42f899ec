//! An action whose configuration determines what it does.

use std::sync::Arc;

use async_trait::async_trait;
use tfplugin::{Action, Attribute, Diagnostic, Diagnostics, InvokeRequest, Schema, Value};

use super::Shared;

pub(super) struct Act(pub(super) Arc<Shared>);

#[async_trait]
impl Action for Act {
    fn name(&self) -> &str {
        "conformance_act"
    }

    fn schema(&self) -> Schema {
        Schema::from([
            ("do", Attribute::string("What to do.").required()),
            ("text", Attribute::string("What to tell.")),
            ("secret_wo", Attribute::string("A secret.").write_only()),
        ])
    }

    fn validate(&self, config: &Value, diagnostics: &mut Diagnostics) {
        if config.get("do").as_str() == Some("refused") {
            diagnostics.push(Diagnostic::error("Refused", "That.").at("do"));
        }
    }

    fn plan(&self, config: &Value, diagnostics: &mut Diagnostics) {
        if config.get("do").as_str() == Some("unplanned") {
            diagnostics.push(Diagnostic::error("Not to be done", "As asked.").at("do"));
        }
    }

    async fn invoke(&self, request: InvokeRequest) -> Diagnostics {
        let config = &request.config;
        let secret = config.get("secret_wo").as_str().unwrap_or_default();
        let text = config.get("text").as_str().unwrap_or("begun");
        request.progress.tell(format!("{text} {secret}").trim());
        match config.get("do").as_str() {
            Some("panic") => panic!("a secret in a panic"),
            Some("fail") => Diagnostic::error("Failed", format!("It was {secret}.")).into(),
            Some("many") => {
                // The first line is sent before the others follow.
                for number in 0..1000 {
                    tokio::task::yield_now().await;
                    request.progress.tell(format!("line {number}"));
                }
                Diagnostics::new()
            }
            Some("wait") => {
                self.0.remote.note("waiting");
                request.cancel.cancelled().await;
                self.0.remote.note("cancelled");
                Diagnostic::error("Stopped", "As asked.").into()
            }
            Some("warn") => Diagnostic::warning("Unusual", "As asked.").into(),
            _ => Diagnostics::new(),
        }
    }
}
