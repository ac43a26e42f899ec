//! Starts the provider and calls it, as a complete host or call by call.

use std::env;
use std::future::Future;
use std::process::{Output, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use plugin_host::plugin::transport::{self, Address, Security};
use plugin_host::plugin::{Handshake, MAGIC_COOKIE, variable};
use plugin_host::schema::Schema;
use plugin_host::value::{Value, json as host_json, msgpack};
use plugin_host::{Host, Launch, Plugin, ProviderClient, Resource, Session};
use serde_json::{Value as Json, json};
use tfplugin6::plugin::Empty;
use tfplugin6::plugin::grpc_controller_client::GrpcControllerClient;
use tfplugin6::tfplugin6 as proto;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;
use tonic::transport::Channel;

use crate::provider::PROVIDER;

/// How long anything may take on a busy machine before the test fails.
pub(crate) const LIMIT: Duration = Duration::from_secs(60);

pub(crate) const THING: &str = "conformance_thing";
pub(crate) const TRAP: &str = "conformance_trap";
pub(crate) const VALUES: &str = "conformance_values";
pub(crate) const OLD: &str = "conformance_old";
pub(crate) const ECHO: &str = "conformance_echo";
pub(crate) const LEASE: &str = "conformance_lease";
pub(crate) const ACT: &str = "conformance_act";

/// Runs one async test to completion.
pub(crate) fn block_on(test: impl Future<Output = Result<()>>) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let result = runtime.block_on(within(test));
    // Do not wait for calls that a test has abandoned.
    runtime.shutdown_background();
    result?
}

/// Returns the result, or fails after the time limit.
pub(crate) async fn within<T>(work: impl Future<Output = T>) -> Result<T> {
    timeout(LIMIT, work)
        .await
        .with_context(|| format!("nothing happened within {LIMIT:?}"))
}

/// Returns the launch of the provider, as Terraform starts it.
pub(crate) fn launch() -> Result<Launch> {
    let launch = Launch::new(env::current_exe()?).env(PROVIDER, "1");
    Ok(launch.env_remove("TF_LOG").env_remove("TF_LOG_PROVIDER"))
}

/// A running provider, and the host that uses it.
pub(crate) struct Provider {
    pub(crate) plugin: Plugin,
    pub(crate) session: Session,
}

/// A plan as the provider sent it, with its decoded value.
pub(crate) struct Planned {
    pub(crate) response: proto::plan_resource_change::Response,
    pub(crate) value: Value,
}

impl Provider {
    /// Starts and configures the provider.
    pub(crate) async fn start() -> Result<Self> {
        Self::launched(launch()?).await
    }

    /// Starts the provider with `launch`, and configures it.
    pub(crate) async fn launched(launch: Launch) -> Result<Self> {
        let provider = Self::unconfigured(launch).await?;
        provider
            .session
            .configure(json!({ "label": "test" }))
            .await?;
        Ok(provider)
    }

    /// Starts the provider, and only requests its schemas.
    pub(crate) async fn unconfigured(launch: Launch) -> Result<Self> {
        let plugin = Plugin::start(launch).await?;
        let session = Session::new(plugin.client(), Host::terraform(16)).await?;
        Ok(Self { plugin, session })
    }

    pub(crate) fn client(&self) -> ProviderClient {
        self.plugin.client()
    }

    pub(crate) fn resource(&self, name: &str) -> Result<Resource> {
        self.session.resource(name)
    }

    pub(crate) fn thing(&self) -> Result<Resource> {
        self.resource(THING)
    }

    pub(crate) fn trap(&self) -> Result<Resource> {
        self.resource(TRAP)
    }

    pub(crate) fn schema(&self, name: &str) -> Result<&Schema> {
        let schema = self.session.resource_schema(name);
        schema
            .or_else(|| self.session.data_source_schema(name))
            .context("no such type")
    }

    /// Waits until an event has happened at least so many times, and returns the count.
    pub(crate) async fn event(&self, event: &str, at_least: i64) -> Result<Json> {
        let config = json!({ "event": event, "at_least": at_least });
        let read = self.session.read_data_source("conformance_event", config);
        Ok(within(read).await??["happened"].clone())
    }

    /// Changes an attribute of a thing, or deletes the thing, without the host's knowledge.
    pub(crate) async fn change(&self, id: &str, attribute: Json, value: Json) -> Result<()> {
        let config = json!({ "id": id, "attribute": attribute, "value": value });
        self.session
            .read_data_source("conformance_change", config)
            .await
            .map(drop)
    }

    /// Encodes a value of a type as the host sends it.
    pub(crate) fn wire(&self, name: &str, value: &Json) -> Result<Option<proto::DynamicValue>> {
        let schema = self.schema(name)?;
        let msgpack = msgpack::encode(&schema.block.config(value)?, &schema.ty)?;
        Ok(Some(proto::DynamicValue {
            msgpack,
            json: Vec::new(),
        }))
    }

    /// Decodes a value of a type as the host reads it.
    pub(crate) fn value(&self, name: &str, value: Option<proto::DynamicValue>) -> Result<Value> {
        let value = value.context("no value")?;
        ensure!(value.json.is_empty(), "the value is JSON");
        msgpack::decode(&value.msgpack, &self.schema(name)?.ty)
    }

    /// Calls plan once, without the checks of a host.
    pub(crate) async fn plan(&self, name: &str, prior: &Json, config: &Json) -> Result<Planned> {
        let response = self.plan_with(name, prior, config, &[]).await?;
        let value = self
            .value(name, response.planned_state.clone())
            .unwrap_or(Value::Null);
        Ok(Planned { response, value })
    }

    /// Calls plan once, with private bytes.
    pub(crate) async fn plan_with(
        &self,
        name: &str,
        prior: &Json,
        config: &Json,
        private: &[u8],
    ) -> Result<proto::plan_resource_change::Response> {
        let block = &self.schema(name)?.block;
        let (prior_value, config_value) = (block.config(prior)?, block.config(config)?);
        let proposed = plugin_host::core::proposed_new(block, &prior_value, &config_value);
        let proposed = if config.is_null() {
            Value::Null
        } else {
            proposed
        };
        let proposed = msgpack::encode(&proposed, &block.ty())?;
        let request = proto::plan_resource_change::Request {
            type_name: name.to_owned(),
            prior_state: self.wire(name, prior)?,
            proposed_new_state: Some(proto::DynamicValue {
                msgpack: proposed,
                json: Vec::new(),
            }),
            config: self.wire(name, config)?,
            prior_private: private.to_vec(),
            ..Default::default()
        };
        Ok(self
            .client()
            .plan_resource_change(request)
            .await?
            .into_inner())
    }

    /// Calls apply once.
    pub(crate) async fn apply(
        &self,
        name: &str,
        prior: &Json,
        planned: &Json,
        config: &Json,
    ) -> Result<proto::apply_resource_change::Response> {
        let request = proto::apply_resource_change::Request {
            type_name: name.to_owned(),
            prior_state: self.wire(name, prior)?,
            planned_state: self.wire(name, planned)?,
            config: self.wire(name, config)?,
            planned_private: b"private".to_vec(),
            ..Default::default()
        };
        Ok(self
            .client()
            .apply_resource_change(request)
            .await?
            .into_inner())
    }

    /// Calls read once.
    pub(crate) async fn read(
        &self,
        name: &str,
        state: &Json,
    ) -> Result<proto::read_resource::Response> {
        let request = proto::read_resource::Request {
            type_name: name.to_owned(),
            current_state: self.wire(name, state)?,
            private: b"private".to_vec(),
            ..Default::default()
        };
        Ok(self.client().read_resource(request).await?.into_inner())
    }

    /// Validates a resource once, like a host that supports write-only attributes.
    pub(crate) async fn validate(
        &self,
        name: &str,
        config: &Json,
    ) -> Result<Vec<proto::Diagnostic>> {
        let request = proto::validate_resource_config::Request {
            type_name: name.to_owned(),
            config: self.wire(name, config)?,
            client_capabilities: Some(proto::ClientCapabilities {
                write_only_attributes_allowed: true,
                ..Default::default()
            }),
        };
        Ok(self
            .client()
            .validate_resource_config(request)
            .await?
            .into_inner()
            .diagnostics)
    }

    /// Calls the upgrade of a state once.
    pub(crate) async fn upgrade(
        &self,
        name: &str,
        version: i64,
        state: &str,
    ) -> Result<proto::upgrade_resource_state::Response> {
        let raw = proto::RawState {
            json: state.into(),
            ..Default::default()
        };
        let request = proto::upgrade_resource_state::Request {
            type_name: name.to_owned(),
            version,
            raw_state: Some(raw),
        };
        Ok(self
            .client()
            .upgrade_resource_state(request)
            .await?
            .into_inner())
    }
}

/// Returns the value as JSON.
pub(crate) fn shown(value: &Value) -> Json {
    host_json::to_json(value)
}

/// Returns the path and the summary of each error among the diagnostics.
pub(crate) fn errors(diagnostics: &[proto::Diagnostic]) -> Result<Vec<String>> {
    use proto::diagnostic::Severity;
    let errors = diagnostics
        .iter()
        .filter(|found| found.severity() != Severity::Warning);
    let texts = errors.map(|error| {
        ensure!(
            error.severity() == Severity::Error,
            "no severity: {}",
            error.summary
        );
        let path = match &error.attribute {
            Some(path) => plugin_host::value::Path::from_proto(path)?.to_string(),
            None => String::new(),
        };
        Ok(format!("{path}: {}", error.summary))
    });
    texts.collect()
}

/// Fails unless there is exactly one error with `wanted` in its path and summary.
pub(crate) fn one_error(diagnostics: &[proto::Diagnostic], wanted: &str) -> Result<()> {
    let errors = errors(diagnostics)?;
    match errors.as_slice() {
        [error] if error.contains(wanted) => Ok(()),
        _ => bail!("wanted one error with {wanted:?}, found {errors:?}"),
    }
}

/// Fails if there is any diagnostic.
pub(crate) fn no_diagnostics(diagnostics: &[proto::Diagnostic]) -> Result<()> {
    ensure!(diagnostics.is_empty(), "unexpected: {diagnostics:?}");
    Ok(())
}

/// A provider whose pipes the test controls, in plain text.
pub(crate) struct Bare {
    pub(crate) child: Child,
    pub(crate) stdout: BufReader<ChildStdout>,
    pub(crate) channel: Channel,
}

impl Bare {
    /// Starts the provider after `prepare` has changed the command.
    pub(crate) async fn start(prepare: impl FnOnce(&mut Command)) -> Result<Self> {
        let mut command = Self::command()?;
        prepare(&mut command);
        let mut child = command.spawn()?;
        let stdout = child.stdout.take().context("no standard output")?;
        let mut stdout = BufReader::new(stdout);
        let mut line = String::new();
        within(stdout.read_line(&mut line)).await??;
        let address = Handshake::parse(&line)?.address;
        let channel = transport::connect(&address, &Security::Plain).await?;
        Ok(Self {
            child,
            stdout,
            channel,
        })
    }

    pub(crate) fn command() -> Result<Command> {
        let mut command = Command::new(env::current_exe()?);
        command
            .env(PROVIDER, "1")
            .env(variable::MAGIC_COOKIE, MAGIC_COOKIE)
            .env(variable::PROTOCOL_VERSIONS, "6")
            .env_remove("TF_LOG")
            .env_remove("TF_LOG_PROVIDER")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        Ok(command)
    }

    pub(crate) fn client(&self) -> ProviderClient {
        ProviderClient::new(self.channel.clone())
    }

    pub(crate) async fn session(&self) -> Result<Session> {
        Session::new(self.client(), Host::terraform(16)).await
    }

    /// Shuts the provider down, and returns everything that it wrote after the handshake line.
    pub(crate) async fn finish(self) -> Result<Output> {
        let Self {
            mut child,
            stdout,
            channel,
        } = self;
        GrpcControllerClient::new(channel)
            .shutdown(Empty {})
            .await?;
        child.stdout = Some(stdout.into_inner());
        Ok(within(child.wait_with_output()).await??)
    }
}

/// Connects to an address and makes a call. Fails if either fails.
pub(crate) async fn knock(address: &Address, security: &Security) -> Result<()> {
    let channel = transport::connect(address, security).await?;
    let mut client = ProviderClient::new(channel);
    client.get_metadata(proto::get_metadata::Request {}).await?;
    Ok(())
}
