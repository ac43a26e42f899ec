//! Every available host, tested with its built-in resource. The other tests rely on this behavior.
#![cfg(unix)]

use std::process::Command;
use std::time::Duration;

use test_support::{Action, Host, Terminal, Workspace, hosts};

const LIMIT: Duration = Duration::from_secs(120);

const CONFIG: &str = r#"
variable "input" {
  type    = string
  default = "one"
}

resource "terraform_data" "example" {
  input = var.input
}

output "value" {
  value = terraform_data.example.output
}
"#;

#[test]
fn hosts_always_include_terraform_1_15() {
    let hosts = hosts::all().unwrap();
    assert!(
        hosts.iter().any(|host| host.version().starts_with("1.15.")),
        "{hosts:?}"
    );
    let default = Host::default_host().unwrap();
    assert_eq!(default, hosts[0]);
}

#[test]
fn every_host_runs_a_whole_lifecycle() {
    for host in hosts::all().unwrap() {
        let mut workspace = Workspace::new(&host).unwrap();
        workspace.write("main.tf", CONFIG).unwrap();
        workspace.init().unwrap();
        workspace.validate().unwrap();
        assert!(workspace.state_list().unwrap().is_empty(), "{host}");

        let address = "terraform_data.example";
        let plan = workspace.plan().unwrap();
        assert_eq!(plan.action(address), Some(Action::Create), "{host}");
        workspace.apply().unwrap();
        workspace.plan().unwrap().expect_empty().unwrap();
        let state = workspace.show().unwrap();
        assert_eq!(state.values(address).unwrap()["output"], "one", "{host}");
        assert_eq!(state.output("value").unwrap(), "one", "{host}");
        assert_eq!(workspace.state_list().unwrap(), [address], "{host}");

        workspace.env("TF_VAR_input", "two");
        let plan = workspace.plan().unwrap();
        assert_eq!(plan.action(address), Some(Action::Update), "{host}");
        assert_eq!(
            plan.change(address).unwrap()["after"]["input"],
            "two",
            "{host}"
        );

        workspace.destroy().unwrap();
        assert!(workspace.state_list().unwrap().is_empty(), "{host}");
        workspace.import(address, "some-id").unwrap();
        assert_eq!(
            workspace.show().unwrap().values(address).unwrap()["id"],
            "some-id",
            "{host}"
        );
    }
}

#[test]
fn every_host_shows_its_output_when_it_fails() {
    for host in hosts::all().unwrap() {
        let mut workspace = Workspace::new(&host).unwrap();
        workspace.log("TRACE");
        let broken = "resource \"terraform_data\" \"example\" {\n  nonsense = 1\n}\n";
        workspace.write("main.tf", broken).unwrap();
        workspace.init().unwrap();
        let error = workspace.validate().unwrap_err().to_string();
        assert!(error.contains("Unsupported argument"), "{host}: {error}");
        assert!(workspace.plan().is_err(), "{host}");
        let run = workspace.plan_expecting_error().unwrap();
        assert!(
            run.stderr.contains("Unsupported argument"),
            "{host}: {}",
            run.report()
        );
        assert!(workspace.apply_expecting_error().is_ok(), "{host}");
        assert!(workspace.read_log().unwrap().contains("[INFO]"), "{host}");
    }
}

#[test]
fn every_host_has_its_own_streams_directory_and_exit_code() {
    for host in hosts::all().unwrap() {
        let workspace = Workspace::new(&host).unwrap();
        workspace
            .write("sub/main.tf", "output \"here\" {\n  value = path.cwd\n}\n")
            .unwrap();
        let run = workspace.run(["-chdir=sub", "init", "-no-color"]).unwrap();
        assert_eq!(run.code, Some(0), "{}", run.report());
        assert_eq!(
            workspace.run(["-chdir=sub", "fmt", "-check"]).unwrap().code,
            Some(0)
        );
        let planned = workspace
            .run(["-chdir=sub", "plan", "-detailed-exitcode"])
            .unwrap();
        assert_eq!(planned.code, Some(2), "{}", planned.report());
        let unknown = workspace.run(["no-such-command"]).unwrap();
        assert_eq!(unknown.code, Some(1), "{host}");
        assert!(
            unknown.stdout.is_empty() && !unknown.stderr.is_empty(),
            "{}",
            unknown.report()
        );
    }
}

#[test]
fn every_host_reads_standard_input() {
    for host in hosts::all().unwrap() {
        let workspace = Workspace::new(&host).unwrap();
        let mut command = Command::new("sh");
        let script = format!("echo '1 + 2' | '{}' console", host.program().display());
        // OpenTofu warns about a missing configuration file.
        command
            .args(["-c", &script])
            .current_dir(workspace.dir())
            .env_remove("TF_CLI_CONFIG_FILE");
        let run = test_support::Run::capture(&mut command, LIMIT).unwrap();
        assert_eq!(run.stdout.trim(), "3", "{}", run.report());
    }
}

#[test]
fn every_host_stops_gracefully_at_ctrl_c() {
    for host in hosts::all().unwrap() {
        let workspace = Workspace::new(&host).unwrap();
        // The command ignores Ctrl-C, which reaches it as well, and the host kills it. Otherwise,
        // the operation can end before the host has noticed Ctrl-C itself.
        let config = r#"
            resource "terraform_data" "slow" {
              provisioner "local-exec" {
                command = "trap '' INT; echo provisioner is running; exec sleep 600"
              }
            }

            resource "terraform_data" "next" {
              input = terraform_data.slow.id
            }
        "#;
        workspace.write("main.tf", config).unwrap();
        workspace.init().unwrap();
        let mut command = workspace.command();
        command.args(["apply", "-auto-approve", "-no-color"]);
        let mut terminal = Terminal::spawn(command).unwrap();
        // In the first occurrence, the host announces the command.
        terminal.wait_for("Executing:", LIMIT).unwrap();
        terminal
            .wait_for("(local-exec): provisioner is running", LIMIT)
            .unwrap();
        terminal.interrupt().unwrap();
        terminal
            .wait_for("Gracefully shutting down", LIMIT)
            .unwrap();
        let finished = terminal.finish(LIMIT).unwrap();
        assert_eq!(finished.code, Some(1), "{host}: {}", finished.output);
        // The first one was created, then failed, so it is tainted and in the state. The next one
        // was never started.
        assert_eq!(
            workspace.state_list().unwrap(),
            ["terraform_data.slow"],
            "{host}"
        );
    }
}

#[test]
fn processes_that_install_terraform_at_once_get_the_same_one() {
    let first = std::thread::spawn(Host::terraform_1_15);
    let second = Host::terraform_1_15().unwrap();
    assert_eq!(first.join().unwrap().unwrap(), second);
}
