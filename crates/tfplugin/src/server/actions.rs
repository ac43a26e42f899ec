//! Actions, with a stream of progress.

use std::time::Duration;

use futures::{Stream, stream};
use tf::invoke_action::event::{Completed, Progress as ProgressEvent, Type};
use tfplugin6::tfplugin6 as tf;
use tokio::sync::watch;
use tokio::time::Instant;
use tonic::Status;

use super::call::{self, Running};
use super::dispatch::unknown;
use super::secrets::Secrets;
use super::table::ActionEntry;
use super::text::one_line;
use super::{Server, wire};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::provider::{InvokeRequest, Progress};
use crate::schema::{Capabilities, validate};
use crate::value::Value;

type Event = tf::invoke_action::Event;

/// The minimum time between two lines.
const PAUSE: Duration = Duration::from_secs(2);

/// The maximum length of a line.
const LONGEST: usize = 500;

impl Server {
    fn action(&self, name: &str) -> Result<ActionEntry, Diagnostic> {
        let entry = self.table.actions.get(name).cloned();
        entry.ok_or_else(|| unknown("action", name))
    }

    pub(super) async fn validate_action(
        &self,
        request: tf::validate_action_config::Request,
    ) -> Result<Diagnostics, Diagnostic> {
        let (name, config) = ("ValidateActionConfig", request.config);
        let capabilities = Capabilities {
            // Every host that supports actions supports write-only attributes.
            write_only: true,
            ..self.capabilities()
        };
        let looked = self.look(
            name,
            &request.type_name,
            config,
            move |entry, config, found| {
                validate(&entry.schema.attributes, config, capabilities, found);
                entry.action.validate(config, found);
            },
        );
        looked.await
    }

    pub(super) async fn plan_action(
        &self,
        request: tf::plan_action::Request,
    ) -> Result<Diagnostics, Diagnostic> {
        let (name, config) = ("PlanAction", request.config);
        let looked = self.look(
            name,
            &request.action_type,
            config,
            |entry, config, found| {
                entry.action.plan(config, found);
            },
        );
        looked.await
    }

    async fn look(
        &self,
        name: &'static str,
        action: &str,
        config: Option<tf::DynamicValue>,
        look: impl FnOnce(&ActionEntry, &Value, &mut Diagnostics) + Send + 'static,
    ) -> Result<Diagnostics, Diagnostic> {
        let entry = self.action(action)?;
        let config = wire::read(config.as_ref(), &entry.ty, "configuration")?;
        call::run(&self.stop, name, action, |_| async move {
            let mut diagnostics = Diagnostics::new();
            look(&entry, &config, &mut diagnostics);
            Secrets::of(&entry.schema.attributes, &[&config]).hide(&mut diagnostics);
            diagnostics
        })
        .await
    }

    /// Returns the events of an action. The last one is its outcome.
    pub(super) fn action_events(
        &self,
        request: tf::invoke_action::Request,
    ) -> impl Stream<Item = Result<Event, Status>> + Send + 'static {
        stream::unfold(self.invoke(request), |invoked| async move {
            let (event, invoked) = invoked.next().await?;
            Some((Ok(event), invoked))
        })
    }

    fn invoke(&self, request: tf::invoke_action::Request) -> Invoked {
        let begun = || -> Result<Invoked, Diagnostic> {
            let entry = self.action(&request.action_type)?;
            let config = wire::read(request.config.as_ref(), &entry.ty, "configuration")?;
            let (progress, lines) = Progress::new();
            let secrets = Secrets::of(&entry.schema.attributes, &[&config]);
            let name = "InvokeAction";
            let task = Running::start(
                &self.stop,
                name,
                &request.action_type,
                |cancel| async move {
                    let request = InvokeRequest {
                        config,
                        progress,
                        cancel,
                    };
                    entry.action.invoke(request).await
                },
            );
            Ok(Invoked::Runs {
                lines,
                task,
                secrets,
                quiet_until: Instant::now(),
            })
        };
        begun().unwrap_or_else(|error| Invoked::Ends(error.into()))
    }
}

/// An action in progress. It is stopped when this is dropped.
enum Invoked {
    Runs {
        lines: watch::Receiver<String>,
        task: Running<Diagnostics>,
        secrets: Secrets,
        /// No line is sent before this time.
        quiet_until: Instant,
    },
    Ends(Diagnostics),
    Ended,
}

impl Invoked {
    async fn next(self) -> Option<(Event, Self)> {
        match self {
            Self::Ended => None,
            Self::Ends(diagnostics) => Some((completed(diagnostics), Self::Ended)),
            Self::Runs {
                mut lines,
                task,
                secrets,
                quiet_until,
            } => {
                // The last line is sent as well before the channel is closed.
                while lines.changed().await.is_ok() {
                    tokio::time::sleep_until(quiet_until).await;
                    let mut line = lines.borrow_and_update().clone();
                    secrets.hide_in(&mut line);
                    let message = one_line(&line, LONGEST);
                    if message.is_empty() {
                        continue;
                    }
                    let progress = Type::Progress(ProgressEvent { message });
                    let runs = Self::Runs {
                        lines,
                        task,
                        secrets,
                        quiet_until: Instant::now() + PAUSE,
                    };
                    return Some((event(progress), runs));
                }
                let mut diagnostics = task.end().await.unwrap_or_else(Diagnostics::from);
                secrets.hide(&mut diagnostics);
                Some((completed(diagnostics), Self::Ended))
            }
        }
    }
}

fn completed(diagnostics: Diagnostics) -> Event {
    let diagnostics = wire::diagnostics(diagnostics);
    event(Type::Completed(Completed { diagnostics }))
}

/// Wraps an event. Hosts crash on an event without a type.
fn event(ty: Type) -> Event {
    Event { r#type: Some(ty) }
}
