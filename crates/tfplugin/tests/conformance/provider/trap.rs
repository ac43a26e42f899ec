//! A resource whose configuration determines what each call does.

use std::future::pending;
use std::io::Write as _;
use std::sync::Arc;

use async_trait::async_trait;
use tfplugin::{
    ApplyResponse, Attribute, CreateRequest, DeleteRequest, Diagnostic, Diagnostics,
    IdentityAttribute, IdentitySchema, ImportRequest, ImportResponse, Path, PlanRequest,
    ReadRequest, ReadResponse, Resource, Schema, Type, UpdateRequest, ValidateRequest, Value,
};

use super::Shared;

pub(super) struct Trap(pub(super) Arc<Shared>);

#[async_trait]
impl Resource for Trap {
    fn name(&self) -> &str {
        "conformance_trap"
    }

    fn schema(&self) -> Schema {
        let call = || Attribute::string("What to do in that call.");
        Schema::from([
            ("id", Attribute::string("The id.").computed().keep_state()),
            ("name", Attribute::string("The name.").required()),
            ("round", Attribute::number("To be changed.")),
            ("reached", Attribute::string("How far it went.").computed()),
            ("secret_wo", Attribute::string("A secret.").write_only()),
            ("validate", call()),
            ("plan", call()),
            ("create", call()),
            ("read", call()),
            ("update", call()),
            ("delete", call()),
        ])
    }

    fn identity(&self) -> Option<IdentitySchema> {
        let id = IdentityAttribute {
            ty: Type::String,
            required_for_import: true,
            description: "The id.".into(),
        };
        Some(IdentitySchema {
            version: IdentitySchema::FIRST,
            attributes: [("id".into(), id)].into(),
        })
    }

    fn validate(&self, request: &ValidateRequest, diagnostics: &mut Diagnostics) {
        match request.config.get("validate").as_str() {
            Some("panic") => panic!("a secret in a panic"),
            Some("warn") => {
                let path = Path::from("round");
                diagnostics.push(Diagnostic::warning("Unusual", "As asked.").at(path));
            }
            _ => {}
        }
    }

    fn plan(&self, request: &mut PlanRequest, diagnostics: &mut Diagnostics) {
        self.0.remote.note("trap planned");
        match request.planned.get("plan").as_str() {
            Some("panic") => panic!("a secret in a panic"),
            Some("break") => request.planned.set("name", "another".into()),
            Some("replace") => request.replace.push(Path::from("round")),
            Some("fail") => diagnostics.push(Diagnostic::error("Refused", "As asked.")),
            _ => {}
        }
    }

    async fn read(&self, request: ReadRequest) -> ReadResponse {
        let state = request.state;
        match state.get("read").as_str() {
            Some("gone") => return ReadResponse::gone(),
            Some("fail") => return ReadResponse::failed(failure()),
            Some("panic") => panic!("a secret in a panic"),
            Some("identity") => {
                return ReadResponse::found(state).with_identity(identity("trap/another"));
            }
            Some("secret") => {
                let mut state = state;
                state.set("secret_wo", "read".into());
                return ReadResponse::found(state);
            }
            Some("unknown") => {
                let mut state = state;
                state.set("reached", Value::Unknown);
                return ReadResponse::found(state);
            }
            Some("wait") => {
                self.0.remote.note("waiting");
                request.cancel.cancelled().await;
                self.0.remote.note("cancelled");
            }
            Some("meet") => {
                self.0.meeting.wait().await;
            }
            _ => {}
        }
        ReadResponse::found(state)
    }

    async fn create(&self, request: CreateRequest) -> ApplyResponse {
        let made = |reached: &str| {
            let mut state = request.planned.clone();
            state.set("id", "trap/1".into());
            state.set("reached", reached.into());
            state
        };
        match request.config.get("create").as_str() {
            Some("panic") => panic!("a secret in a panic"),
            Some("panic_after_checkpoint") => {
                let mut half = made("half");
                half.set("reached", Value::Unknown);
                request.checkpoint.save(half, Some(identity("trap/1")));
                panic!("a secret in a panic")
            }
            Some("fail") => ApplyResponse::failed(failure()),
            Some("fail_with_state") => {
                let mut half = made("half");
                // Values that were not computed stay unknown, as planned.
                half.set("reached", Value::Unknown);
                half.set("secret_wo", request.config.get("secret_wo").clone());
                ApplyResponse::done(half)
                    .with_identity(identity("trap/1"))
                    .with_diagnostics([failure()])
            }
            Some("wait") => {
                self.0.remote.note("waiting");
                request.cancel.cancelled().await;
                self.0.remote.note("cancelled");
                ApplyResponse::done(made("half"))
                    .with_identity(identity("trap/1"))
                    .with_diagnostics([failure()])
            }
            Some("hang") => {
                self.0.remote.note("waiting");
                pending().await
            }
            Some("another") => {
                let mut other = made("end");
                other.set("name", "another".into());
                ApplyResponse::done(other).with_identity(identity("trap/1"))
            }
            Some("nothing") => ApplyResponse::gone(),
            Some("unknown") => {
                let mut state = made("end");
                state.set("reached", Value::Unknown);
                ApplyResponse::done(state).with_identity(identity("trap/1"))
            }
            Some("print") => {
                // A careless dependency may print to standard output.
                let mut stdout = std::io::stdout();
                let printed = writeln!(stdout, "printed by the provider").and(stdout.flush());
                let reached = if printed.is_ok() { "end" } else { "half" };
                ApplyResponse::done(made(reached)).with_identity(identity("trap/1"))
            }
            _ => ApplyResponse::done(made("end")).with_identity(identity("trap/1")),
        }
    }

    async fn update(&self, request: UpdateRequest) -> ApplyResponse {
        match request.planned.get("update").as_str() {
            Some("panic") => panic!("a secret in a panic"),
            Some("fail") => ApplyResponse::failed(failure()),
            Some("fail_with_state") => {
                let mut half = request.prior;
                half.set("reached", "half".into());
                half.set("secret_wo", request.config.get("secret_wo").clone());
                ApplyResponse::done(half).with_diagnostics([failure()])
            }
            _ => {
                let mut state = request.planned;
                state.set("reached", "end".into());
                ApplyResponse::done(state)
            }
        }
    }

    async fn delete(&self, request: DeleteRequest) -> ApplyResponse {
        match request.prior.get("delete").as_str() {
            Some("panic") => panic!("a secret in a panic"),
            Some("fail") => ApplyResponse::failed(failure()),
            Some("remains") => ApplyResponse::done(request.prior),
            _ => ApplyResponse::gone(),
        }
    }

    async fn import(&self, _: ImportRequest) -> Result<ImportResponse, Diagnostics> {
        panic!("a secret in a panic")
    }
}

fn failure() -> Diagnostic {
    Diagnostic::error("Failed as asked", "The configuration says so.")
}

fn identity(id: &str) -> Value {
    Value::map([("id", Value::from(id))])
}
