use std::collections::BTreeMap;
use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use tempfile::TempDir;

use crate::hosts::Host;
use crate::mirror;
use crate::plan::Plan;
use crate::run::Run;
use crate::state::State;

/// Prefixes of inherited variables that would affect the hosts or the provider.
const FOREIGN: [&str; 5] = ["TF_", "TOFU_", "ARM_", "AZURE_", "AZURESRE_"];

/// A directory with a configuration, in which a host runs. It is removed at the end, unless kept.
///
/// The host is isolated from the settings of the machine: it has its own CLI configuration and data
/// directory, and the variables of Terraform, Azure and the provider are removed. It never prompts,
/// never prints colors, and only installs providers from the mirror.
///
/// Methods fail if the host fails. The error contains all its output.
#[derive(Debug)]
pub struct Workspace {
    host: Host,
    root: Root,
    env: BTreeMap<OsString, OsString>,
    limit: Duration,
}

#[derive(Debug)]
enum Root {
    Temporary(TempDir),
    Kept(PathBuf),
}

impl Workspace {
    /// Creates an empty workspace, in which the host only has its built-in provider.
    pub fn new(host: &Host) -> Result<Self> {
        let root = tempfile::Builder::new().prefix("azuresre-").tempdir()?;
        let workspace = Self {
            host: host.clone(),
            root: Root::Temporary(root),
            env: BTreeMap::new(),
            limit: Duration::from_secs(20 * 60),
        };
        for dir in [workspace.dir(), workspace.mirror()] {
            fs::create_dir(&dir).with_context(|| format!("cannot create {}", dir.display()))?;
        }
        fs::write(
            workspace.cli_config(),
            mirror::cli_config(&workspace.mirror()),
        )?;
        Ok(workspace)
    }

    /// Creates a workspace that installs this executable for the source `azuresre/azuresre`.
    pub fn with_provider(host: &Host, binary: &Path) -> Result<Self> {
        let workspace = Self::new(host)?;
        mirror::install_provider(&workspace.mirror(), host, binary)?;
        Ok(workspace)
    }

    /// Creates a workspace that installs providers from this mirror.
    pub fn with_mirror(host: &Host, mirror: &Path) -> Result<Self> {
        let workspace = Self::new(host)?;
        fs::write(workspace.cli_config(), mirror::cli_config(mirror))?;
        Ok(workspace)
    }

    /// Returns the host of this workspace.
    pub fn host(&self) -> &Host {
        &self.host
    }

    /// Returns the directory of the configuration, in which the host runs.
    pub fn dir(&self) -> PathBuf {
        self.root().join("config")
    }

    /// Returns the path of the CLI configuration: the value of `TF_CLI_CONFIG_FILE`.
    pub fn cli_config(&self) -> PathBuf {
        self.root().join("cli.tfrc")
    }

    /// Returns the directory that `init` fills: the value of `TF_DATA_DIR`.
    pub fn data_dir(&self) -> PathBuf {
        self.root().join("data")
    }

    /// Keeps the workspace on disk, and returns its root.
    pub fn keep(&mut self) -> PathBuf {
        let path = self.root().to_owned();
        // Dropping the replaced value would remove the directory.
        if let Root::Temporary(dir) = std::mem::replace(&mut self.root, Root::Kept(path.clone())) {
            let _ = dir.keep();
        }
        path
    }

    /// Sets a variable for the host and the provider.
    pub fn env(&mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> &mut Self {
        self.env
            .insert(name.as_ref().to_owned(), value.as_ref().to_owned());
        self
    }

    /// Sets the time limit of one command. Defaults to 20 minutes.
    pub fn limit(&mut self, limit: Duration) -> &mut Self {
        self.limit = limit;
        self
    }

    /// Writes the logs of host and provider, starting with this level (`TRACE`, `DEBUG`, …), to a
    /// file.
    pub fn log(&mut self, level: &str) -> &mut Self {
        let path = self.log_path();
        self.env("TF_LOG", level).env("TF_LOG_PATH", path)
    }

    /// Returns the log since [`Self::log`].
    pub fn read_log(&self) -> Result<String> {
        let path = self.log_path();
        fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
    }

    /// Writes a file of the configuration, and creates its parent directories.
    pub fn write(&self, file: impl AsRef<Path>, content: impl AsRef<[u8]>) -> Result<PathBuf> {
        let path = self.dir().join(file);
        if let Some(dir) = path.parent() {
            fs::create_dir_all(dir).with_context(|| format!("cannot create {}", dir.display()))?;
        }
        fs::write(&path, content).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(path)
    }

    /// Removes a file of the configuration.
    pub fn remove(&self, file: impl AsRef<Path>) -> Result<()> {
        let path = self.dir().join(file);
        fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))
    }

    /// Copies a directory into the configuration, without the files of Terraform (hidden files and
    /// state).
    pub fn copy_from(&self, source: &Path) -> Result<()> {
        copy_tree(source, &self.dir()).with_context(|| format!("cannot copy {}", source.display()))
    }

    /// Writes `terraform.tf`, which requires the provider from `azuresre/azuresre`.
    pub fn require_provider(&self) -> Result<()> {
        let content = "terraform {\n  required_providers {\n    azuresre = {\n      \
                       source = \"azuresre/azuresre\"\n    }\n  }\n}\n";
        self.write("terraform.tf", content).map(drop)
    }

    /// Runs `init`.
    pub fn init(&self) -> Result<Run> {
        self.succeed(["init", "-input=false", "-no-color"])
    }

    /// Runs `validate`.
    pub fn validate(&self) -> Result<Run> {
        self.succeed(["validate", "-no-color"])
    }

    /// Runs `plan`.
    pub fn plan(&self) -> Result<Plan> {
        self.plan_with(&[])
    }

    /// Runs `plan` with further options, such as `-refresh-only` or `-generate-config-out=FILE`.
    pub fn plan_with(&self, options: &[&str]) -> Result<Plan> {
        let file = self.root().join("plan.tfplan");
        let mut out = OsString::from("-out=");
        out.push(&file);
        let mut args = words(["plan", "-input=false", "-no-color", "-detailed-exitcode"]);
        args.extend(words(options));
        args.push(out);
        let run = self.run(&args)?;
        let changes = match run.code {
            Some(0) => false,
            Some(2) => true,
            _ => bail!(run.report()),
        };
        let mut show = words(["show", "-no-color", "-json"]);
        show.push(file.into());
        Plan::new(changes, self.succeed(show)?.json()?, run.output())
    }

    /// Runs `plan`, which must fail.
    pub fn plan_expecting_error(&self) -> Result<Run> {
        // Without -detailed-exitcode, because exit code 2 would count as a failure.
        self.run(["plan", "-input=false", "-no-color"])?.failure()
    }

    /// Runs `apply` without a prompt.
    pub fn apply(&self) -> Result<Run> {
        self.apply_with(&[])
    }

    /// Runs `apply` without a prompt and with further options, such as `-replace=ADDRESS`.
    pub fn apply_with(&self, options: &[&str]) -> Result<Run> {
        let mut args = words(APPLY);
        args.extend(words(options));
        self.succeed(args)
    }

    /// Runs `apply` without a prompt. It must fail.
    pub fn apply_expecting_error(&self) -> Result<Run> {
        self.run(APPLY)?.failure()
    }

    /// Runs `destroy` without a prompt.
    pub fn destroy(&self) -> Result<Run> {
        self.succeed(["destroy", "-auto-approve", "-input=false", "-no-color"])
    }

    /// Runs `import` of one object into the address of a configured resource.
    pub fn import(&self, address: &str, id: &str) -> Result<Run> {
        self.succeed(["import", "-input=false", "-no-color", address, id])
    }

    /// Returns the state.
    pub fn show(&self) -> Result<State> {
        let json = self.succeed(["show", "-no-color", "-json"])?.json()?;
        Ok(State { json })
    }

    /// Runs `state list`, and returns the addresses in the state.
    pub fn state_list(&self) -> Result<Vec<String>> {
        let run = self.run(["state", "list"])?;
        // Before the first apply there is no file, which the host reports as a failure.
        if run.code == Some(1) && run.stderr.contains("No state file was found") {
            return Ok(Vec::new());
        }
        let run = run.success()?;
        Ok(run.stdout.lines().map(str::to_owned).collect())
    }

    /// Runs `providers schema -json`.
    pub fn provider_schema(&self) -> Result<serde_json::Value> {
        self.succeed(["providers", "schema", "-json"])?.json()
    }

    /// Runs any command. A failure of the command is not an error here; see [`Run::success`] and
    /// [`Run::failure`].
    pub fn run<I: IntoIterator<Item: AsRef<OsStr>>>(&self, args: I) -> Result<Run> {
        let mut command = self.command();
        command.args(args);
        Run::capture(&mut command, self.limit)
    }

    /// Returns the command of the host in this workspace, for further arguments and for other ways
    /// to run it.
    pub fn command(&self) -> Command {
        let mut command = Command::new(self.host.program());
        command.current_dir(self.dir());
        for (name, _) in env::vars_os() {
            if FOREIGN
                .iter()
                .any(|prefix| name.to_string_lossy().starts_with(prefix))
            {
                command.env_remove(name);
            }
        }
        command
            .env("TF_CLI_CONFIG_FILE", self.cli_config())
            .env("TF_DATA_DIR", self.data_dir())
            .env("TF_IN_AUTOMATION", "1")
            .env("TF_INPUT", "0")
            .env("CHECKPOINT_DISABLE", "1")
            .env("NO_COLOR", "1")
            .envs(&self.env);
        command
    }

    fn succeed<I: IntoIterator<Item: AsRef<OsStr>>>(&self, args: I) -> Result<Run> {
        self.run(args)?.success()
    }

    fn root(&self) -> &Path {
        match &self.root {
            Root::Temporary(dir) => dir.path(),
            Root::Kept(path) => path,
        }
    }

    fn mirror(&self) -> PathBuf {
        self.root().join("mirror")
    }

    fn log_path(&self) -> PathBuf {
        self.root().join("terraform.log")
    }
}

const APPLY: [&str; 4] = ["apply", "-auto-approve", "-input=false", "-no-color"];

fn words<I: IntoIterator<Item: AsRef<OsStr>>>(words: I) -> Vec<OsString> {
    words
        .into_iter()
        .map(|word| word.as_ref().to_owned())
        .collect()
}

fn copy_tree(source: &Path, target: &Path) -> Result<()> {
    fs::create_dir_all(target)?;
    for entry in fs::read_dir(source)? {
        let entry = entry?;
        let name = entry.file_name();
        let text = name.to_string_lossy();
        if text.starts_with('.') || text.contains(".tfstate") {
            continue;
        }
        if entry.file_type()?.is_dir() {
            copy_tree(&entry.path(), &target.join(&name))?;
        } else {
            fs::copy(entry.path(), target.join(&name))?;
        }
    }
    Ok(())
}
