//! The provider under test: in-memory objects that use every feature of the framework, and some
//! that misbehave on request.
//!
//! | Type | Purpose |
//! |---|---|
//! | `conformance_thing` | an ordinary resource with every kind of attribute |
//! | `conformance_values` | a resource with one attribute of every type, for the codec |
//! | `conformance_trap` | a resource whose configuration determines what each call does |
//! | `conformance_old` | a resource with states of two older versions |
//! | `conformance_event` | a data source that answers once an event has happened |
//! | `conformance_info` | a data source about the provider's configuration |
//! | `conformance_change` | a data source that changes objects without Terraform's knowledge |
//! | `conformance_echo` | a data source that repeats its configuration |
//! | `conformance_wait` | a data source that waits until it is canceled |
//! | `conformance_log` | a data source that logs messages that are hard to log |
//! | `join`, `describe`, `trap` | functions |
//! | `conformance_lease` | an ephemeral resource |
//! | `conformance_thing` | also a list resource |
//! | `conformance_act` | an action |

mod action;
mod data;
mod ephemeral;
mod function;
mod list;
mod old;
mod remote;
mod thing;
mod trap;
mod values;

use std::env;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use tfplugin::serve::{Info, run, run_debug};
use tfplugin::{
    Action, Attribute, ConfigureRequest, DataSource, Diagnostic, Diagnostics, EphemeralResource,
    Function, ListResource, Provider, Resource, Schema, Value,
};

use self::remote::Remote;

/// Set if the process is to act as the provider.
pub(crate) const PROVIDER: &str = "CONFORMANCE_PROVIDER";
/// Set to `invalid` or `panic` for a provider that fails to start.
pub(crate) const START: &str = "CONFORMANCE_START";
/// The argument for the debug mode.
pub(crate) const DEBUG: &str = "--debug";
/// The number of calls that wait for each other in `meet`.
pub(crate) const MEETING: usize = 32;

/// State that all types of the provider share.
pub(crate) struct Shared {
    remote: Remote,
    configured: Mutex<Configured>,
    meeting: tokio::sync::Barrier,
}

/// The current configuration.
#[derive(Clone, Default)]
struct Configured {
    count: i64,
    label: Value,
    host: String,
}

struct Conformance {
    shared: Arc<Shared>,
}

/// Runs the provider as the command line requests.
pub(crate) fn main() -> ExitCode {
    let info = Info {
        name: "conformance",
        address: "registry.terraform.io/example/conformance",
        version: "0.0.0",
    };
    let shared = Arc::new(Shared {
        remote: Remote::default(),
        configured: Mutex::default(),
        meeting: tokio::sync::Barrier::new(MEETING),
    });
    let provider = Arc::new(Conformance { shared });
    if env::args().any(|argument| argument == DEBUG) {
        run_debug(&info, provider)
    } else {
        run(&info, provider)
    }
}

#[async_trait::async_trait]
impl Provider for Conformance {
    fn schema(&self) -> Schema {
        Schema::from([
            ("label", Attribute::string("Anything.")),
            ("token", Attribute::string("A secret.").sensitive()),
        ])
    }

    fn resources(&self) -> Vec<Arc<dyn Resource>> {
        let start = env::var(START).unwrap_or_default();
        assert_ne!(start, "panic", "asked to panic at start");
        let mut resources: Vec<Arc<dyn Resource>> = vec![
            Arc::new(thing::Thing(self.shared.clone())),
            Arc::new(values::Values),
            Arc::new(trap::Trap(self.shared.clone())),
            Arc::new(old::Old),
        ];
        if start == "invalid" {
            resources.push(Arc::new(values::Invalid));
        }
        resources
    }

    fn data_sources(&self) -> Vec<Arc<dyn DataSource>> {
        data::all(&self.shared)
    }

    fn functions(&self) -> Vec<Arc<dyn Function>> {
        function::all()
    }

    fn ephemeral_resources(&self) -> Vec<Arc<dyn EphemeralResource>> {
        vec![Arc::new(ephemeral::Lease(self.shared.clone()))]
    }

    fn list_resources(&self) -> Vec<Arc<dyn ListResource>> {
        let mut lists: Vec<Arc<dyn ListResource>> =
            vec![Arc::new(list::Things(self.shared.clone()))];
        if env::var(START).as_deref() == Ok("invalid") {
            lists.push(Arc::new(list::Orphan));
        }
        lists
    }

    fn actions(&self) -> Vec<Arc<dyn Action>> {
        vec![Arc::new(action::Act(self.shared.clone()))]
    }

    fn validate(&self, config: &Value, diagnostics: &mut Diagnostics) {
        if config.get("label").as_str() == Some("refused") {
            diagnostics.push(Diagnostic::error("Refused", "That label.").at("label"));
        }
    }

    async fn configure(&self, request: ConfigureRequest) -> Diagnostics {
        let mut configured = self.shared.configured();
        let count = configured.count + 1;
        *configured = Configured {
            count,
            label: request.config.get("label").clone(),
            host: request.host_version,
        };
        Diagnostics::new()
    }
}

impl Shared {
    fn configured(&self) -> std::sync::MutexGuard<'_, Configured> {
        self.configured
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the object with a generated value for every unknown one, like a service.
fn filled(value: Value, remote: &Remote) -> Value {
    match value {
        Value::Unknown => Value::from(remote.next("revision")),
        Value::List(items) => Value::list(items.into_iter().map(|item| filled(item, remote))),
        Value::Set(items) => Value::set_of(items.into_iter().map(|item| filled(item, remote))),
        Value::Map(members) => {
            let members = members.into_iter();
            Value::map(members.map(|(name, member)| (name, filled(member, remote))))
        }
        known => known,
    }
}
