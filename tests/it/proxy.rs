//! The emulator as a proxy: the provider signs in and works under the hosts of Azure, without any
//! special setting.

use std::collections::BTreeSet;

use test_support::hosts::Product;
use test_support::{EmulatorProcess, Workspace, binaries, workspace_dir};

use crate::world::On;

#[test]
fn quickstart_works_through_the_proxy_with_an_ordinary_sign_in() {
    for host in On::Newest.hosts() {
        let emulator =
            EmulatorProcess::start(&["--profile", "acceptance", "--proxy", "127.0.0.1:0"]).unwrap();
        let addresses = emulator.addresses();
        let text = |name: &str| addresses.more[name].as_str().unwrap();
        let provider = binaries::provider_binary().unwrap();
        let mut workspace = Workspace::with_provider(&host, &provider).unwrap();
        workspace
            .env("ARM_TENANT_ID", text("tenant_id"))
            .env("ARM_CLIENT_ID", text("client_id"))
            .env("ARM_CLIENT_SECRET", text("client_secret"))
            .env(
                "ARM_SUBSCRIPTION_ID",
                "00000000-0000-0000-0000-000000000001",
            )
            .env("SSL_CERT_FILE", &addresses.ca_certificate);
        // In both spellings, to override those of the machine.
        for name in ["HTTPS_PROXY", "https_proxy"] {
            workspace.env(name, text("proxy"));
        }
        for name in ["NO_PROXY", "no_proxy", "ALL_PROXY", "all_proxy"] {
            workspace.env(name, "");
        }
        let example = workspace_dir().join("examples/quickstart");
        workspace.copy_from(&example).unwrap();
        workspace.init().unwrap();

        workspace.apply().unwrap();
        workspace.plan().unwrap().expect_empty().unwrap();
        let state = workspace.show().unwrap();
        let agent = state.values("azuresre_agent.shop").unwrap();
        let endpoint = agent["agent_endpoint"].as_str().unwrap().to_owned();
        assert!(
            endpoint.ends_with(".swedencentral.azuresre.ai"),
            "{endpoint}"
        );
        asks_through_the_proxy(&mut workspace, &emulator);
        workspace.destroy().unwrap();

        let requests = emulator.get("requests").unwrap();
        let requests = requests.as_array().unwrap();
        let hosts: BTreeSet<&str> = requests
            .iter()
            .map(|request| request["authority"].as_str().unwrap())
            .collect();
        let agent = endpoint.trim_start_matches("https://");
        let expected = ["login.microsoftonline.com", "management.azure.com", agent];
        assert_eq!(hosts, BTreeSet::from(expected));
        let tokens: BTreeSet<&str> = requests
            .iter()
            .filter_map(|request| request["token"].as_str())
            .collect();
        let expected = ["https://management.azure.com", "https://azuresre.dev"];
        assert_eq!(tokens, BTreeSet::from(expected));
    }
}

/// The hub of an agent is reached through the proxy, with the proxy's certificate.
fn asks_through_the_proxy(workspace: &mut Workspace, emulator: &EmulatorProcess) {
    let host = workspace.host();
    if host.product() != Product::Terraform || !host.at_least(1, 14) {
        return;
    }
    let action = "action \"azuresre_message\" \"ask\" {\n  config {\n    agent_id = azuresre_agent.shop.id\n    \
                  text = \"Why is it slow?\"\n    expect = \"I have read\"\n  }\n}\n";
    workspace.write("ask.tf", action).unwrap();
    let invoke = "-invoke=action.azuresre_message.ask";
    let run = workspace.apply_with(&[invoke]).unwrap();
    assert!(run.output().contains("I have read"), "{}", run.output());
    workspace.remove("ask.tf").unwrap();
    let requests = emulator.get("requests").unwrap();
    let heard = requests.as_array().unwrap().iter().find(|request| {
        let path = request["path"].as_str().unwrap_or_default();
        request["method"] == "GET" && path.ends_with("/agentHub")
    });
    assert_eq!(heard.unwrap()["status"], 101);
}
