//! Lists objects as a stream, which hosts stop reading when they have enough.

use futures::Stream;
use futures::stream;
use tfplugin6::tfplugin6 as tf;
use tokio::sync::mpsc;
use tonic::Status;

use super::call::{self, Running};
use super::dispatch::unknown;
use super::secrets::Secrets;
use super::table::{ListEntry, ResourceEntry};
use super::text::one_line;
use super::{Server, wire};
use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::plan::without_secrets;
use crate::provider::{ListItem, ListRequest, Message, Results};
use crate::schema::validate;
use crate::value::Value;

type Event = tf::list_resource::Event;

/// The maximum length of the displayed name of an object.
const LONGEST_NAME: usize = 200;

impl Server {
    fn list(&self, name: &str) -> Result<(ListEntry, ResourceEntry), Diagnostic> {
        let entry = self.table.list_resources.get(name).cloned();
        let entry = entry.ok_or_else(|| unknown("list resource", name))?;
        Ok((entry, self.resource(name)?))
    }

    pub(super) async fn validate_list(
        &self,
        request: tf::validate_list_resource_config::Request,
    ) -> Result<Diagnostics, Diagnostic> {
        let (entry, _) = self.list(&request.type_name)?;
        let config = wire::read(request.config.as_ref(), &entry.ty, "configuration")?;
        let capabilities = self.capabilities();
        let name = "ValidateListResourceConfig";
        call::run(&self.stop, name, &request.type_name, |_| async move {
            let attributes = &entry.schema.attributes;
            let mut diagnostics = Diagnostics::new();
            validate(attributes, &config, capabilities, &mut diagnostics);
            entry.list.validate(&config, &mut diagnostics);
            Secrets::of(attributes, &[&config]).hide(&mut diagnostics);
            diagnostics
        })
        .await
    }

    /// Returns the events of a list.
    pub(super) fn list_events(
        &self,
        request: tf::list_resource::Request,
    ) -> impl Stream<Item = Result<Event, Status>> + Send + 'static {
        let listing = self.begin(request);
        stream::unfold(listing, |mut listing| async move {
            let event = listing.next().await?;
            Some((Ok(event), listing))
        })
    }

    fn begin(&self, request: tf::list_resource::Request) -> Listing {
        let begun = || -> Result<Listing, Diagnostic> {
            let (entry, resource) = self.list(&request.type_name)?;
            let config = wire::read(request.config.as_ref(), &entry.ty, "configuration")?;
            let limit = usize::try_from(request.limit).unwrap_or_default();
            let (results, messages) = Results::new(limit);
            let secrets = Secrets::of(&entry.schema.attributes, &[&config]);
            let name = "ListResource";
            let task = Running::start(&self.stop, name, &request.type_name, |cancel| async move {
                // A limit of zero means no objects.
                if limit == 0 {
                    return Ok(());
                }
                let request = ListRequest {
                    config,
                    include_object: request.include_resource_object,
                    limit,
                    cancel,
                };
                entry.list.list(request, results).await
            });
            Ok(Listing {
                messages,
                task: Some(task),
                resource: Some(resource),
                secrets,
                limit,
                sent: 0,
                held: None,
                failed: None,
            })
        };
        begun().unwrap_or_else(Listing::refused)
    }
}

/// A list in progress.
struct Listing {
    messages: mpsc::Receiver<Message>,
    /// The task that sends the messages. It is stopped when this is dropped, and is `None` at the
    /// end.
    task: Option<Running<Result<(), Diagnostics>>>,
    resource: Option<ResourceEntry>,
    secrets: Secrets,
    limit: usize,
    sent: usize,
    /// The last requested object, held back until it is known whether there are more. Nothing
    /// after it is read.
    held: Option<Event>,
    failed: Option<Diagnostic>,
}

impl Listing {
    /// Returns a list that only reports an error.
    fn refused(error: Diagnostic) -> Self {
        Self {
            messages: mpsc::channel(1).1,
            task: None,
            resource: None,
            secrets: Secrets::default(),
            limit: 0,
            sent: 0,
            held: None,
            failed: Some(error),
        }
    }

    async fn next(&mut self) -> Option<Event> {
        if let Some(error) = self.failed.take() {
            return Some(told(error.into()));
        }
        while self.task.is_some() {
            let message = self.messages.recv().await;
            let event = match message {
                None => return self.end().await,
                Some(Message::More(all)) => return self.cut(all),
                Some(Message::Item(_)) if self.held.is_some() => return self.cut(None),
                Some(Message::Item(item)) => self.item(item),
                Some(Message::Failed(why)) => Err(why),
            };
            match event {
                Err(why) => return Some(self.warning(why)),
                Ok(event) => {
                    self.sent += 1;
                    if self.sent < self.limit {
                        return Some(event);
                    }
                    self.held = Some(event);
                }
            }
        }
        None
    }

    /// Ends the list. Errors discard the list, unless it already has all requested objects.
    async fn end(&mut self) -> Option<Event> {
        let result = match self.task.take()?.end().await {
            Ok(result) => result,
            Err(panic) => Err(panic.into()),
        };
        match (self.held.take(), result) {
            (held, Ok(())) => held,
            (None, Err(mut errors)) => {
                self.secrets.hide(&mut errors);
                Some(told(errors))
            }
            (Some(held), Err(errors)) => {
                let warnings = self.warning(errors).diagnostic;
                Some(with(held, warnings))
            }
        }
    }

    /// Returns the last requested object when there are more. The rest is not read.
    fn cut(&mut self, all: Option<usize>) -> Option<Event> {
        self.task = None;
        let limit = self.limit;
        let all = all.filter(|all| *all > limit);
        let there = all.map_or_else(|| "More".to_owned(), |all| all.to_string());
        let warning = Diagnostic::warning(
            "The list is incomplete",
            format!(
                "{there} objects exist, but only the first {limit} are listed. Set `limit` to list \
                 more."
            ),
        );
        let warnings = wire::diagnostics(warning.into());
        Some(with(self.held.take()?, warnings))
    }

    fn item(&self, item: ListItem) -> Result<Event, Diagnostics> {
        let Some(entry) = &self.resource else {
            return Err(Diagnostics::new());
        };
        let is_complete = item.identity.as_map().is_some_and(|members| {
            let named = entry
                .identity
                .as_ref()
                .map(|schema| schema.attributes.len());
            Some(members.len()) == named && members.values().all(Value::is_known)
        });
        if !is_complete {
            return Err(bug("The identity of a listed object is not complete").into());
        }
        let object = item.object.map(|object| {
            let attributes = &entry.schema.attributes;
            let names = attributes.keys().map(String::as_str);
            let full = Value::map(names.map(|name| (name, object.get(name).clone())));
            match full.is_wholly_known() {
                true => wire::write(
                    &without_secrets(attributes, full),
                    &entry.ty,
                    "listed object",
                ),
                false => Err(bug("A listed object holds an unknown value")),
            }
        });
        let name = match one_line(&item.display_name, LONGEST_NAME) {
            name if name.is_empty() => entry.resource.name().to_owned(),
            name => name,
        };
        Ok(Event {
            identity: Self::identity(entry, &item.identity)?,
            display_name: name,
            resource_object: object.transpose()?,
            diagnostic: Vec::new(),
        })
    }

    fn identity(
        entry: &ResourceEntry,
        identity: &Value,
    ) -> Result<Option<tf::ResourceIdentityData>, Diagnostic> {
        Server::write_identity(entry, identity)
    }

    /// Returns an event with warnings only. An error would discard the whole list.
    fn warning(&self, mut why: Diagnostics) -> Event {
        self.secrets.hide(&mut why);
        let warnings = why.into_iter().map(|diagnostic| Diagnostic {
            severity: Severity::Warning,
            ..diagnostic
        });
        let mut diagnostics = Diagnostics::new();
        diagnostics.extend(warnings);
        told(diagnostics)
    }
}

fn told(diagnostics: Diagnostics) -> Event {
    Event {
        diagnostic: wire::diagnostics(diagnostics),
        ..Event::default()
    }
}

fn with(mut event: Event, diagnostics: Vec<tf::Diagnostic>) -> Event {
    event.diagnostic.extend(diagnostics);
    event
}

fn bug(summary: &str) -> Diagnostic {
    Diagnostic::error(
        summary,
        "It is left out. This is a bug in the provider; please report it.",
    )
}
