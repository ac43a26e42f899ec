//! From a fresh checkout to a managed agent and back, against the emulator.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use clap::Args;
use serde_json::Value;
use test_support::progress::{Progress, nothing_to_say};
use test_support::{EmulatorProcess, Host, Run, Workspace, binaries, workspace_dir};

use crate::toolchain::require_c_compiler;

#[derive(Args, Debug)]
pub(crate) struct Options {
    /// Keep the emulator and the workspace running, and print how to continue by hand
    #[arg(long)]
    keep: bool,

    /// The configuration to apply
    #[arg(long, value_name = "DIR")]
    example: Option<PathBuf>,
}

const WHAT_HAPPENS: &str = "\
This builds the provider and an emulator of Azure SRE Agent, and has Terraform create, plan and destroy
an agent there. Nothing leaves this machine but downloads. The first time takes three to six minutes,
most of them for the first step; after that, seconds.";

pub(crate) fn run(options: &Options) -> Result<()> {
    let example = options
        .example
        .clone()
        .unwrap_or_else(|| workspace_dir().join("examples/quickstart"));
    require_c_compiler()?;
    println!("{WHAT_HAPPENS}\n");
    let mut progress = Progress::start();

    // First, because it fails at once without Python, and the build takes minutes.
    let host = progress.step("find Terraform", Host::to_string, Host::default_host)?;
    let [provider, _] = progress.step(
        "build provider and emulator",
        |[provider, _]: &[PathBuf; 2]| provider.display().to_string(),
        binaries::both_binaries,
    )?;
    let mut workspace = progress.step(
        "install the provider through a filesystem mirror",
        |workspace: &Workspace| workspace.dir().display().to_string(),
        || {
            let workspace = Workspace::with_provider(&host, &provider)?;
            workspace.copy_from(&example)?;
            Ok(workspace)
        },
    )?;
    let emulator = progress.step(
        "start the emulator",
        |emulator: &EmulatorProcess| emulator.url().to_owned(),
        || start_emulator(options.keep, &mut workspace),
    )?;
    // This is the only setting that makes the provider use the emulator.
    workspace.env("AZURESRE_EMULATOR", emulator.url());

    let result = apply(&mut progress, &workspace, &emulator);
    if options.keep {
        // Keep everything, so that a failure can be examined.
        print_way_on(&workspace, emulator);
        return result;
    }
    result?;
    destroy(&mut progress, &workspace, &emulator)?;
    println!("\nAll of it worked, in {}.", progress.elapsed());
    Ok(())
}

fn start_emulator(keep: bool, workspace: &mut Workspace) -> Result<EmulatorProcess> {
    if !keep {
        return EmulatorProcess::start(&[]);
    }
    let root = workspace.keep();
    start_kept_emulator(root.join("emulator.log"))
}

#[cfg(unix)]
fn start_kept_emulator(log: PathBuf) -> Result<EmulatorProcess> {
    EmulatorProcess::start_detachable(&[], log)
}

#[cfg(not(unix))]
fn start_kept_emulator(_: PathBuf) -> Result<EmulatorProcess> {
    EmulatorProcess::start(&[])
}

fn apply(progress: &mut Progress, workspace: &Workspace, emulator: &EmulatorProcess) -> Result<()> {
    progress.step("init", nothing_to_say, || workspace.init())?;
    progress.step(
        "apply",
        |run: &Run| conclusion(&run.stdout),
        || workspace.apply(),
    )?;
    progress.step(
        "plan again",
        |()| "nothing to change".to_owned(),
        || workspace.plan()?.expect_empty(),
    )?;
    progress.step(
        "look at what exists",
        |existing: &Existing| existing.to_string(),
        || {
            let existing = Existing::read(workspace, emulator)?;
            // Otherwise the same check after destroying would prove nothing.
            ensure!(
                !existing.resources.is_empty(),
                "nothing is in state after apply"
            );
            ensure!(
                !existing.objects.is_empty(),
                "the emulator holds nothing after apply"
            );
            Ok(existing)
        },
    )?;
    Ok(())
}

fn destroy(
    progress: &mut Progress,
    workspace: &Workspace,
    emulator: &EmulatorProcess,
) -> Result<()> {
    progress.step(
        "destroy",
        |run: &Run| conclusion(&run.stdout),
        || workspace.destroy(),
    )?;
    progress.step(
        "look that nothing is left",
        |()| "no resource in state, no object in the emulator".to_owned(),
        || {
            let left = Existing::read(workspace, emulator)?;
            ensure!(
                left.resources.is_empty(),
                "still in state: {}",
                left.resources.join(", ")
            );
            ensure!(
                left.objects.is_empty(),
                "still in the emulator: {}",
                left.objects.join(", ")
            );
            Ok(())
        },
    )
}

/// What Terraform's state and the emulator contain.
#[derive(Debug)]
struct Existing {
    resources: Vec<String>,
    objects: Vec<String>,
}

impl Existing {
    fn read(workspace: &Workspace, emulator: &EmulatorProcess) -> Result<Self> {
        let state = emulator.get("state")?;
        let objects = objects(&state).context("the emulator's state is no object by key")?;
        Ok(Self {
            resources: workspace.state_list()?,
            objects,
        })
    }
}

impl std::fmt::Display for Existing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (place, names) in [("state", &self.resources), ("emulator", &self.objects)] {
            for name in names {
                write!(f, "\n    {place:>8}  {name}")?;
            }
        }
        Ok(())
    }
}

/// Returns the keys of everything that the emulator stores.
fn objects(state: &Value) -> Option<Vec<String>> {
    Some(state.as_object()?.keys().cloned().collect())
}

/// Returns Terraform's summary: `Apply complete! Resources: 5 added, …`.
fn conclusion(output: &str) -> String {
    output
        .lines()
        .rfind(|line| line.contains("complete!"))
        .unwrap_or_default()
        .to_owned()
}

fn print_way_on(workspace: &Workspace, emulator: EmulatorProcess) {
    let export = |name: &str, value: &dyn std::fmt::Display| println!("  export {name}='{value}'");
    let url = emulator.url().to_owned();
    let control = emulator.addresses().control.clone();
    println!("\nThe emulator and the workspace are up. To go on by hand:\n");
    export("AZURESRE_EMULATOR", &url);
    export("TF_CLI_CONFIG_FILE", &workspace.cli_config().display());
    export("TF_DATA_DIR", &workspace.data_dir().display());
    println!("  cd '{}'", workspace.dir().display());
    println!("  '{}' plan", workspace.host().program().display());
    println!("\nWhat the emulator holds, and the requests it has seen:\n");
    println!("  curl {control}/state");
    println!("  curl {control}/requests");
    println!("\nTo end:\n");
    if let Some(pid) = emulator.detach() {
        println!("  kill {pid}");
    }
    let root = workspace.dir();
    println!(
        "  rm -r '{}'",
        root.parent().unwrap_or(Path::new(&root)).display()
    );
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn conclusion_is_the_summary_of_the_host() {
        let output =
            "a: Creation complete after 0s\n\nApply complete! Resources: 1 added.\n\nx = 1\n";
        assert_eq!(conclusion(output), "Apply complete! Resources: 1 added.");
        assert_eq!(conclusion("nothing"), "");
    }

    #[test]
    fn everything_that_is_stored_is_an_object() {
        let state = json!({ "agent/s/g/a": {}, "object/1/shared/skill/x": {} });
        assert_eq!(
            objects(&state).unwrap(),
            ["agent/s/g/a", "object/1/shared/skill/x"]
        );
        assert!(objects(&json!({})).unwrap().is_empty());
        assert_eq!(objects(&json!([])), None);
    }
}
