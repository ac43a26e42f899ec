//! Data sources: an ordinary one, and some by which tests inspect the provider.

use std::sync::Arc;

use async_trait::async_trait;
use tfplugin::{
    Attribute, DataSource, Diagnostic, Diagnostics, ReadDataRequest, Schema, Type, Value,
};

use super::Shared;

/// Returns all data sources.
pub(super) fn all(shared: &Arc<Shared>) -> Vec<Arc<dyn DataSource>> {
    vec![
        Arc::new(Event(shared.clone())),
        Arc::new(Info(shared.clone())),
        Arc::new(Change(shared.clone())),
        Arc::new(Wait(shared.clone())),
        Arc::new(Echo),
        Arc::new(Log),
    ]
}

/// Returns an error that says what was refused.
pub(super) fn refused(what: impl Into<String>) -> Diagnostics {
    Diagnostic::error("Refused", what.into()).into()
}

/// Answers once an event has happened often enough. It must not be canceled, because tests cancel
/// and then ask what happened.
struct Event(Arc<Shared>);

#[async_trait]
impl DataSource for Event {
    fn name(&self) -> &str {
        "conformance_event"
    }

    fn schema(&self) -> Schema {
        Schema::from([
            ("event", Attribute::string("What has happened.").required()),
            (
                "at_least",
                Attribute::number("How often, at least.").required(),
            ),
            ("happened", Attribute::number("How often, then.").computed()),
        ])
    }

    async fn read(&self, request: ReadDataRequest) -> Result<Value, Diagnostics> {
        let mut state = request.config;
        let event = state.get("event").as_str().unwrap_or_default().to_owned();
        let least = state.get("at_least").as_i64().unwrap_or_default();
        self.0.remote.happened(&event, least).await;
        state.set("happened", self.0.remote.count(&event).into());
        Ok(state)
    }
}

/// Returns the configuration of the provider.
struct Info(Arc<Shared>);

#[async_trait]
impl DataSource for Info {
    fn name(&self) -> &str {
        "conformance_info"
    }

    fn schema(&self) -> Schema {
        Schema::from([
            (
                "label",
                Attribute::string("The label of the provider.").computed(),
            ),
            (
                "configured",
                Attribute::number("How often it was configured.").computed(),
            ),
            (
                "host",
                Attribute::string("The version of the host.").computed(),
            ),
        ])
    }

    async fn read(&self, _: ReadDataRequest) -> Result<Value, Diagnostics> {
        let configured = self.0.configured().clone();
        Ok(Value::map([
            ("label", configured.label),
            ("configured", configured.count.into()),
            ("host", configured.host.into()),
        ]))
    }
}

/// Changes or deletes an object, like another client.
struct Change(Arc<Shared>);

#[async_trait]
impl DataSource for Change {
    fn name(&self) -> &str {
        "conformance_change"
    }

    fn schema(&self) -> Schema {
        Schema::from([
            ("id", Attribute::string("The object.").required()),
            (
                "attribute",
                Attribute::string("Its attribute; none deletes it."),
            ),
            ("value", Attribute::string("The new value.")),
        ])
    }

    async fn read(&self, request: ReadDataRequest) -> Result<Value, Diagnostics> {
        let config = request.config;
        let id = config.get("id").as_str().unwrap_or_default();
        let Some(mut object) = self.0.remote.remove(id) else {
            return Err(refused(format!("there is no {id}")));
        };
        if let Some(name) = config.get("attribute").as_str() {
            object.set(name, config.get("value").clone());
            self.0.remote.put(id, object);
        }
        Ok(config)
    }
}

/// Waits until it is canceled.
struct Wait(Arc<Shared>);

#[async_trait]
impl DataSource for Wait {
    fn name(&self) -> &str {
        "conformance_wait"
    }

    fn schema(&self) -> Schema {
        Schema::from([("name", Attribute::string("Anything."))])
    }

    async fn read(&self, request: ReadDataRequest) -> Result<Value, Diagnostics> {
        self.0.remote.note("waiting");
        request.cancel.cancelled().await;
        self.0.remote.note("cancelled");
        Err(refused("cancelled"))
    }
}

/// Returns its configuration with additions.
struct Echo;

#[async_trait]
impl DataSource for Echo {
    fn name(&self) -> &str {
        "conformance_echo"
    }

    fn schema(&self) -> Schema {
        Schema::from([
            ("text", Attribute::string("Text.").required()),
            ("any", Attribute::new(Type::Dynamic, "Anything.")),
            (
                "length",
                Attribute::number("The length of the text.").computed(),
            ),
            ("do", Attribute::string("`panic`, `unknown` or `missing`.")),
        ])
    }

    async fn read(&self, request: ReadDataRequest) -> Result<Value, Diagnostics> {
        let mut state = request.config;
        let text = state.get("text").as_str().unwrap_or_default();
        let length = i64::try_from(text.len()).unwrap_or(i64::MAX);
        match state.get("do").as_str() {
            Some("panic") => panic!("a secret in a panic"),
            Some("unknown") => state.set("length", Value::Unknown),
            Some("missing") => return Err(refused("there is no such object")),
            _ => state.set("length", length.into()),
        }
        // The framework keeps configured values, whatever the answer is.
        state.set("text", "another".into());
        Ok(state)
    }
}

/// Logs messages that are hard to log.
struct Log;

#[async_trait]
impl DataSource for Log {
    fn name(&self) -> &str {
        "conformance_log"
    }

    fn schema(&self) -> Schema {
        Schema::from([("name", Attribute::string("Anything."))])
    }

    async fn read(&self, request: ReadDataRequest) -> Result<Value, Diagnostics> {
        tracing::trace!("at trace");
        tracing::debug!("at debug");
        tracing::info!("at info");
        tracing::warn!("at warn");
        tracing::error!("at error");
        tracing::info!(number = 7, double = f64::NAN, yes = true, none = ?None::<u8>, "values");
        tracing::info!(bytes = ?[0_u8, 255], text = "line\nbreak \"quoted\" \u{0}", "more values");
        tracing::info!(message = 7);
        tracing::info!(
            "@message" = 7,
            "@level" = false,
            "@timestamp" = 0,
            "reserved names"
        );
        tracing::info!(long = "\u{1}".repeat(100_000), "{}", "é\n".repeat(100_000));
        Ok(request.config)
    }
}
