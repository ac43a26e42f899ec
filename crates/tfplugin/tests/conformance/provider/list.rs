//! A list whose configuration determines its results.

use std::sync::Arc;

use async_trait::async_trait;
use tfplugin::{
    Attribute, Diagnostic, Diagnostics, ListItem, ListRequest, ListResource, Results, Schema, Value,
};

use super::Shared;

pub(super) struct Things(pub(super) Arc<Shared>);

/// The list of a type that does not exist.
pub(super) struct Orphan;

#[async_trait]
impl ListResource for Things {
    fn name(&self) -> &str {
        "conformance_thing"
    }

    fn schema(&self) -> Schema {
        Schema::from([
            ("count_of", Attribute::number("How many there are.")),
            ("do", Attribute::string("What to do with the second.")),
            ("password", Attribute::string("A secret.").sensitive()),
        ])
    }

    fn validate(&self, config: &Value, diagnostics: &mut Diagnostics) {
        if config.get("do").as_str() == Some("refused") {
            diagnostics.push(Diagnostic::error("Refused", "That.").at("do"));
        }
    }

    async fn list(&self, request: ListRequest, results: Results) -> Result<(), Diagnostics> {
        self.0.remote.note("list begun");
        let config = &request.config;
        let count = config.get("count_of").as_i64().unwrap_or(3);
        let trap = config.get("do").as_str().unwrap_or_default();
        let secret = config.get("password").as_str().unwrap_or_default();
        let failure = || Diagnostic::error("Failed as asked", format!("It was {secret}."));
        for number in 1..=count {
            let name = format!("thing-{number}");
            let mut identity = Value::map([("name", name.clone().into()), ("zone", "main".into())]);
            let mut shown = name.clone();
            let mut token = Value::from("secret");
            let mut wanted = true;
            match (number, trap) {
                (2, "panic") => panic!("a secret in a panic"),
                (2, "error") => return Err(failure().into()),
                (2, "fail") => wanted = results.failed(failure()).await,
                (2, "half") => identity.set("zone", Value::Null),
                (2, "name") => shown = "\u{1b}[31mthing\n2\u{7}".to_owned(),
                (2, "nameless") => shown = "\n".to_owned(),
                (2, "unknown") => token = Value::Unknown,
                (_, "tell") if results.is_full() => {
                    results.more(usize::try_from(count).ok()).await;
                    return Ok(());
                }
                _ => {}
            }
            if (number, trap) != (2, "fail") {
                let mut item = ListItem::new(identity, shown);
                if request.include_object {
                    self.0.remote.note("object read");
                    item = item.with_object(Value::map([
                        ("id", format!("thing/{name}").into()),
                        ("name", name.into()),
                        ("enabled", true.into()),
                        ("password", token),
                        ("password_wo", "secret".into()),
                    ]));
                }
                wanted = results.send(item).await;
            }
            if !wanted {
                self.0.remote.note("list stopped");
                return Ok(());
            }
        }
        if trap == "wait" {
            request.cancel.cancelled().await;
            self.0.remote.note("cancelled");
        }
        Ok(())
    }
}

#[async_trait]
impl ListResource for Orphan {
    fn name(&self) -> &str {
        "conformance_nothing"
    }

    fn schema(&self) -> Schema {
        Schema::from([("made", Attribute::string("Made.").computed())])
    }

    async fn list(&self, _: ListRequest, _: Results) -> Result<(), Diagnostics> {
        Ok(())
    }
}
