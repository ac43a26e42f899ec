//! Checks before a package is complete: its executables, and its installation by a user.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use test_support::{EmulatorProcess, Host, Run, Workspace, workspace_dir};

use super::VERSION;
use super::platform::Platform;

/// The maximum size of the provider's executable, in bytes.
const MOST: usize = 16_000_000;

const LIMIT: Duration = Duration::from_secs(60);

/// Fails if the provider has grown too large.
pub(super) fn size(executable: &[u8]) -> Result<()> {
    ensure!(
        executable.len() <= MOST,
        "the provider has {} bytes; at most {MOST} are wanted",
        executable.len()
    );
    Ok(())
}

/// Asks an executable for its version if this machine can run it, directly or with QEMU. Returns
/// how it was run, or why it was not.
pub(super) fn version(platform: Platform, executable: &Path) -> Result<String> {
    let (mut command, how) = if Platform::host() == Some(platform) {
        (Command::new(executable), "runs")
    } else {
        let Some(emulator) = platform.emulator() else {
            return Ok("not run here".to_owned());
        };
        let mut command = Command::new(emulator);
        command.arg(executable);
        (command, emulator)
    };
    command.arg("--version");
    let run = match Run::capture(&mut command, LIMIT) {
        Ok(run) => run.success()?,
        Err(_) if how != "runs" => return Ok(format!("not run: there is no {how}")),
        Err(error) => return Err(error),
    };
    ensure!(
        run.stdout.contains(VERSION),
        "it says to be {}",
        run.stdout.trim()
    );
    Ok(how.to_owned())
}

/// Installs the provider from a mirror with a host, and applies and destroys the quickstart with
/// it, using the packaged emulator.
pub(super) fn lifetime(host: &Host, mirror: &Path, emulator: &Path) -> Result<()> {
    let emulator = EmulatorProcess::start_binary(emulator, &[])?;
    let mut workspace = Workspace::with_mirror(host, mirror)?;
    workspace.copy_from(&workspace_dir().join("examples/quickstart"))?;
    workspace.env("AZURESRE_EMULATOR", emulator.url());
    workspace.init()?;
    workspace.apply()?;
    workspace.plan()?.expect_empty()?;
    workspace.destroy()?;
    let left = emulator.get("state")?;
    let left = left.as_object().context("the state is no object")?;
    ensure!(left.is_empty(), "still in the emulator: {left:?}");
    Ok(())
}

/// Unpacks the emulator into a directory, and returns its executable.
pub(super) fn unpack(files: &super::archive::Files, name: &str, dir: &Path) -> Result<PathBuf> {
    files.unpack(dir)?;
    let path = dir.join(name);
    fs::metadata(&path).with_context(|| format!("{} was not packed", path.display()))?;
    Ok(path)
}
