//! Start, handshake, transport and end of the process.

use std::io::{Seek as _, Write as _};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use futures::FutureExt as _;
use plugin_host::plugin::transport::{self, Address, Security};
use plugin_host::plugin::{ClientIdentity, Reattach, variable};
use plugin_host::{Host, Plugin, Session};
use rustls::ProtocolVersion;
use serde_json::{Value as Json, json};
use tfplugin6::plugin::Empty;
use tfplugin6::plugin::grpc_broker_client::GrpcBrokerClient;
use tfplugin6::plugin::grpc_stdio_client::GrpcStdioClient;
use tfplugin6::tfplugin6 as proto;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tonic::Code;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use x509_parser::prelude::{FromDer as _, GeneralName, ParsedExtension, X509Certificate};

use crate::provider::{DEBUG, MEETING};
use crate::support::{Bare, Provider, THING, TRAP, VALUES, knock, launch, no_diagnostics, within};

pub(crate) async fn h01_without_the_cookie_the_process_explains_itself_and_ends() -> Result<()> {
    let output = launch()?
        .env_remove(variable::MAGIC_COOKIE)
        .output()
        .await?;
    ensure!(output.status.code() == Some(1), "{}", output.status);
    ensure!(output.stdout.is_empty(), "stdout: {}", output.stdout);
    ensure!(
        output.stderr.contains("Terraform plugin"),
        "stderr: {}",
        output.stderr
    );
    Ok(())
}

pub(crate) async fn h02_with_a_wrong_cookie_the_process_explains_itself_and_ends() -> Result<()> {
    let output = launch()?
        .env(variable::MAGIC_COOKIE, "d602bf8f")
        .output()
        .await?;
    ensure!(output.status.code() == Some(1), "{}", output.status);
    ensure!(output.stdout.is_empty(), "stdout: {}", output.stdout);
    ensure!(
        output.stderr.contains("Terraform plugin"),
        "stderr: {}",
        output.stderr
    );
    Ok(())
}

pub(crate) async fn h03_the_first_line_has_six_fields_and_is_the_only_one() -> Result<()> {
    let provider = Provider::start().await?;
    let line = &provider.plugin.handshake().context("no handshake")?.line;
    let form = regex::Regex::new(r"^1\|6\|(unix|tcp)\|[^|]+\|grpc\|[A-Za-z0-9+/]*$")?;
    ensure!(form.is_match(line), "{line}");
    let output = Bare::start(|_| {}).await?.finish().await?;
    ensure!(
        output.stdout.is_empty(),
        "more than a line: {:?}",
        output.stdout
    );
    Ok(())
}

pub(crate) async fn h04_version_6_is_chosen_from_any_list_that_has_it() -> Result<()> {
    for versions in [Some("5,6"), Some("6,5"), Some("6"), None] {
        let launch = match versions {
            Some(versions) => launch()?.env(variable::PROTOCOL_VERSIONS, versions),
            None => launch()?.env_remove(variable::PROTOCOL_VERSIONS),
        };
        let plugin = Plugin::start(launch)
            .await
            .with_context(|| format!("{versions:?}"))?;
        let protocol = plugin.handshake().context("no handshake")?.protocol;
        ensure!(protocol == 6, "{versions:?}: {protocol}");
    }
    let output = launch()?
        .env(variable::PROTOCOL_VERSIONS, "5")
        .output()
        .await?;
    ensure!(
        !output.status.success() && output.stdout.is_empty(),
        "{output:?}"
    );
    ensure!(
        output.stderr.contains("this provider speaks 6"),
        "{}",
        output.stderr
    );
    Ok(())
}

pub(crate) async fn h05_the_certificate_is_unpadded_base64_of_one_der() -> Result<()> {
    let provider = Provider::start().await?;
    let handshake = provider.plugin.handshake().context("no handshake")?;
    // Padding and other alphabets would already have failed the handshake.
    let field = handshake.line.split('|').nth(5).context("no field 6")?;
    ensure!(field.len() > 50 && !field.contains('='), "{field}");
    let der = handshake.certificate.as_ref().context("no certificate")?;
    let (rest, _) = X509Certificate::from_der(der)?;
    ensure!(rest.is_empty(), "bytes after the certificate");
    Ok(())
}

pub(crate) async fn h06_the_certificate_satisfies_go() -> Result<()> {
    let provider = Provider::start().await?;
    let handshake = provider.plugin.handshake().context("no handshake")?;
    let der = handshake.certificate.as_ref().context("no certificate")?;
    let (_, certificate) = X509Certificate::from_der(der)?;
    let names = certificate
        .subject_alternative_name()?
        .context("no names")?;
    ensure!(
        names
            .value
            .general_names
            .contains(&GeneralName::DNSName("localhost")),
        "{names:?}"
    );
    let now = x509_parser::time::ASN1Time::now();
    let before = x509_parser::time::ASN1Time::from_timestamp(now.timestamp() - 60)?;
    ensure!(certificate.validity().is_valid_at(now), "not valid now");
    ensure!(
        certificate.validity().is_valid_at(before),
        "not valid a minute ago"
    );
    for extension in certificate.extensions() {
        if let ParsedExtension::ExtendedKeyUsage(usage) = extension.parsed_extension() {
            ensure!(usage.server_auth || usage.any, "not for servers");
        }
    }
    let sign = certificate.raw_serial().first().context("no serial")?;
    ensure!(sign & 0x80 == 0, "the serial is negative");
    Ok(())
}

pub(crate) async fn h07_a_client_with_the_hosts_p521_certificate_is_let_in() -> Result<()> {
    // The certificate of a launch is P-521, self-signed and a CA, like Terraform's.
    let provider = Provider::start().await?;
    let (address, security) = (provider.plugin.address(), provider.plugin.security());
    let connection = transport::open(address, security).await?;
    let negotiated = connection.negotiated().context("no TLS")?;
    ensure!(negotiated.alpn.as_deref() == Some(b"h2"), "{negotiated:?}");
    let modern = [ProtocolVersion::TLSv1_2, ProtocolVersion::TLSv1_3];
    ensure!(modern.contains(&negotiated.version), "{negotiated:?}");
    knock(address, security).await
}

pub(crate) async fn h08_tls_client_without_certificate_is_refused() -> Result<()> {
    refused(None).await
}

pub(crate) async fn h09_tls_client_with_another_certificate_is_refused() -> Result<()> {
    refused(Some(ClientIdentity::generate()?)).await
}

async fn refused(identity: Option<ClientIdentity>) -> Result<()> {
    let provider = Provider::start().await?;
    let Security::Tls { server, .. } = provider.plugin.security().clone() else {
        bail!("no TLS");
    };
    let intruder = Security::Tls { server, identity };
    let result = within(knock(provider.plugin.address(), &intruder)).await?;
    ensure!(result.is_err(), "let in");
    // The host itself is not affected.
    knock(provider.plugin.address(), provider.plugin.security()).await
}

pub(crate) async fn h10_without_a_host_certificate_the_server_speaks_plain_text() -> Result<()> {
    let provider = Provider::launched(launch()?.without_tls()).await?;
    let handshake = provider.plugin.handshake().context("no handshake")?;
    ensure!(handshake.line.ends_with("|grpc|"), "{}", handshake.line);
    knock(provider.plugin.address(), &Security::Plain).await
}

pub(crate) async fn h11_the_listener_is_ready_when_the_line_is_there() -> Result<()> {
    // Starting connects once, immediately, and does not retry.
    for _ in 0..5 {
        Plugin::start(launch()?).await?;
    }
    Ok(())
}

pub(crate) async fn h12_the_seventh_field_is_there_when_asked_for() -> Result<()> {
    let plugin = Plugin::start(launch()?).await?;
    ensure!(
        plugin
            .handshake()
            .context("no handshake")?
            .multiplex
            .is_none(),
        "unasked"
    );
    let plugin = Plugin::start(launch()?.env(variable::MULTIPLEX_GRPC, "true")).await?;
    ensure!(
        plugin
            .handshake()
            .context("no handshake")?
            .multiplex
            .is_some(),
        "missing"
    );
    Ok(())
}

pub(crate) async fn h13_a_range_of_ports_must_not_be_reversed() -> Result<()> {
    let reversed = launch()?
        .env(variable::MIN_PORT, "25000")
        .env(variable::MAX_PORT, "10000");
    let output = reversed.output().await?;
    ensure!(
        !output.status.success() && output.stdout.is_empty(),
        "{output:?}"
    );
    ensure!(
        output.stderr.contains("PLUGIN_MIN_PORT"),
        "{}",
        output.stderr
    );
    Ok(())
}

pub(crate) async fn h14_the_socket_is_where_it_was_asked_for_and_is_removed() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let launch = launch()?.env(variable::UNIX_SOCKET_DIR, dir.path());
    let provider = Provider::launched(launch).await?;
    let Address::Unix(socket) = provider.plugin.address().clone() else {
        // This system has no Unix sockets.
        return Ok(());
    };
    ensure!(
        socket.starts_with(dir.path()) && socket.exists(),
        "{}",
        socket.display()
    );
    let exit = provider.plugin.shutdown().await?.context("no exit")?;
    ensure!(!exit.killed, "killed");
    ensure!(
        std::fs::read_dir(dir.path())?.next().is_none(),
        "something is left"
    );
    Ok(())
}

pub(crate) async fn h15_shutdown_ends_the_process_with_a_call_in_flight() -> Result<()> {
    let provider = Provider::start().await?;
    let config = json!({ "name": "a", "create": "hang" });
    let planned = json!({ "name": "a", "create": "hang" });
    let mut client = provider.client();
    let request = proto::apply_resource_change::Request {
        type_name: TRAP.into(),
        planned_state: provider.wire(TRAP, &planned)?,
        config: provider.wire(TRAP, &config)?,
        ..Default::default()
    };
    let hanging = tokio::spawn(async move { client.apply_resource_change(request).await });
    provider.event("waiting", 1).await?;
    let exit = provider.plugin.shutdown().await?.context("no exit")?;
    ensure!(!exit.killed, "it had to be killed");
    ensure!(within(hanging).await??.is_err(), "the call ended well");
    Ok(())
}

pub(crate) async fn h16_an_interrupt_does_not_end_the_process() -> Result<()> {
    let provider = Provider::launched(launch()?.env("TF_LOG", "DEBUG")).await?;
    provider.plugin.signal("INT").await?;
    let log = provider.plugin.stderr().context("no log")?;
    log.find(crate::support::LIMIT, |line| {
        line.contains("ignored an interrupt")
    })
    .await?;
    provider.thing()?.apply(json!({ "name": "a" })).await?;
    Ok(())
}

pub(crate) async fn h17_the_death_of_the_host_ends_the_process() -> Result<()> {
    // A shell acts as the host: it starts the provider and is killed.
    let provider = Bare::command()?.as_std().get_program().to_owned();
    let mut shell = tokio::process::Command::new("sh");
    shell.arg("-c").arg(r#""$0" & wait"#).arg(provider);
    let settings = Bare::command()?;
    for (name, value) in settings.as_std().get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    let pipe = std::process::Stdio::piped;
    shell
        .stdin(std::process::Stdio::null())
        .stdout(pipe())
        .stderr(pipe())
        .kill_on_drop(true);
    let mut shell = shell.spawn()?;
    let mut stdout = BufReader::new(shell.stdout.take().context("no standard output")?);
    let mut line = String::new();
    within(stdout.read_line(&mut line)).await??;
    ensure!(line.starts_with("1|6|"), "{line}");
    let mut stderr = shell.stderr.take().context("no standard error")?;
    shell.kill().await?;
    // The provider holds the other end, which closes when the last process has ended.
    within(stderr.read_to_end(&mut Vec::new())).await??;
    Ok(())
}

pub(crate) async fn h18_a_hundred_mebibytes_pass_in_both_directions() -> Result<()> {
    let provider = Provider::start().await?;
    let private = vec![7; 100 << 20];
    let request = proto::read_resource::Request {
        type_name: VALUES.into(),
        current_state: provider.wire(VALUES, &json!({ "text": "a" }))?,
        private: private.clone(),
        ..Default::default()
    };
    let response = provider.client().read_resource(request).await?.into_inner();
    no_diagnostics(&response.diagnostics)?;
    ensure!(response.private == private, "the bytes came back changed");
    Ok(())
}

pub(crate) async fn h19_thirty_two_calls_run_at_the_same_time() -> Result<()> {
    let provider = Provider::start().await?;
    // Each of them waits inside the provider until all of them have arrived.
    let state = json!({ "id": "trap/1", "name": "a", "read": "meet" });
    let calls = (0..MEETING).map(|_| provider.read(TRAP, &state));
    for response in within(futures::future::try_join_all(calls)).await?? {
        no_diagnostics(&response.diagnostics)?;
    }
    Ok(())
}

pub(crate) async fn h20_unknown_methods_are_unimplemented_and_the_connection_stays() -> Result<()> {
    let provider = Provider::start().await?;
    let mut grpc = tonic::client::Grpc::new(provider.plugin.channel());
    for path in [
        "/tfplugin6.Provider/NoSuchMethod",
        "/no.Such/Service",
        "/plugin.GRPCController/No",
    ] {
        grpc.ready().await?;
        let codec = tonic_prost::ProstCodec::<Empty, Empty>::default();
        let path = path.parse()?;
        let status = grpc
            .unary(tonic::Request::new(Empty {}), path, codec)
            .await
            .err();
        let code = status.context("an answer")?.code();
        ensure!(code == Code::Unimplemented, "{code}");
    }
    provider.thing()?.plan(json!({ "name": "a" })).await?;
    Ok(())
}

pub(crate) async fn h21_the_services_beside_the_provider_are_there() -> Result<()> {
    let provider = Provider::start().await?;
    let mut stdio = GrpcStdioClient::new(provider.plugin.channel());
    let mut output = stdio.stream_stdio(()).await?.into_inner();
    let mut broker = GrpcBrokerClient::new(provider.plugin.channel());
    let mut connections = broker
        .start_stream(futures::stream::pending())
        .await?
        .into_inner();
    let mut health = HealthClient::new(provider.plugin.channel());
    let request = HealthCheckRequest {
        service: "plugin".into(),
    };
    let status = health.check(request).await?.into_inner().status();
    ensure!(status == ServingStatus::Serving, "{status:?}");
    // If the streams had ended early, their messages would arrive before the answer to a later
    // call.
    provider.thing()?.apply(json!({ "name": "a" })).await?;
    ensure!(
        output.message().now_or_never().is_none(),
        "the output stream is not silent"
    );
    ensure!(
        connections.message().now_or_never().is_none(),
        "the broker is not silent"
    );
    Ok(())
}

pub(crate) async fn h22_stdin_is_not_read_and_stdout_stays_clean() -> Result<()> {
    // The process that reads from the file shares its position.
    let mut input = tempfile::tempfile()?;
    input.write_all(b"not for the provider\n")?;
    input.rewind()?;
    let stdin = input.try_clone()?;
    let provider = Bare::start(|command| {
        command.stdin(stdin);
    })
    .await?;
    let session = provider.session().await?;
    let mut trap = session.resource(TRAP)?;
    let applied = trap
        .apply(json!({ "name": "a", "create": "print" }))
        .await?;
    ensure!(
        applied.state.context("no state")?["reached"] == "end",
        "printing failed"
    );
    drop((session, trap));
    let output = provider.finish().await?;
    ensure!(input.stream_position()? == 0, "standard input was read");
    ensure!(
        output.stdout.is_empty(),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
    // It is not lost either: the host has it in its log.
    let log = String::from_utf8_lossy(&output.stderr);
    ensure!(log.contains("printed by the provider"), "{log}");
    Ok(())
}

pub(crate) async fn h23_the_line_is_there_within_a_second() -> Result<()> {
    let mut best = Duration::MAX;
    // The best of several tries, because the machine may be busy with other tests.
    for _ in 0..10 {
        let begun = Instant::now();
        let plugin = Plugin::start(launch()?).await?;
        best = best.min(begun.elapsed());
        drop(plugin);
        if best < Duration::from_secs(1) {
            return Ok(());
        }
    }
    bail!("the fastest start took {best:?}")
}

pub(crate) async fn h24_hosts_attach_to_the_debug_mode_and_leave() -> Result<()> {
    let mut command = Bare::command()?;
    command.arg(DEBUG).env_remove(variable::MAGIC_COOKIE);
    let mut child = command.spawn()?;
    let mut lines = BufReader::new(child.stdout.take().context("no standard output")?).lines();
    let json = loop {
        let line = within(lines.next_line())
            .await??
            .context("no way to attach")?;
        let value = line.trim().strip_prefix("TF_REATTACH_PROVIDERS='");
        if let Some(value) = value.and_then(|value| value.strip_suffix('\'')) {
            break value.to_owned();
        }
    };
    let entries: Json = serde_json::from_str(&json)?;
    for host in ["registry.terraform.io", "registry.opentofu.org"] {
        let entry = &entries[format!("{host}/example/conformance")];
        ensure!(
            entry["Test"] == true && entry["ProtocolVersion"] == 6,
            "{host}: {entry}"
        );
    }
    let Reattach { pid, address } = Reattach::parse(&json)?;
    ensure!(Some(pid) == child.id(), "another process");
    // A host connects once and disconnects to check whether the provider listens.
    for _ in 0..3 {
        drop(transport::open(&address, &Security::Plain).await?);
    }
    let (first, second) = (Plugin::attach(&json).await?, Plugin::attach(&json).await?);
    let one = Session::new(first.client(), Host::terraform(16)).await?;
    let other = Session::new(second.client(), Host::opentofu(12)).await?;
    one.configure(json!({ "label": "one" })).await?;
    other.configure(json!({ "label": "other" })).await?;
    let info = one.read_data_source("conformance_info", json!({})).await?;
    ensure!(
        info["label"] == "other" && info["configured"] == 2,
        "{info}"
    );
    let (mut thing, mut another) = (one.resource(THING)?, other.resource(THING)?);
    thing.apply(json!({ "name": "a" })).await?;
    another.apply(json!({ "name": "b" })).await?;
    // The end of one host does not affect the other.
    drop((one, thing));
    first.shutdown().await?;
    another.refresh().await?;
    second.signal("INT").await?;
    within(child.wait()).await??;
    Ok(())
}
