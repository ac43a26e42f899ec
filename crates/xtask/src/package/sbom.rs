//! The bill of materials of a program, from cargo's own resolution, as CycloneDX.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result};
use test_support::binaries::Binary;
use test_support::{Run, target_dir, workspace_dir};

use super::build::cargo;
use super::platform::Platform;

/// What makes it: `cargo-cyclonedx`.
const VERSION: &str = "0.5.9";

/// Time for building the tool, once.
const LIMIT: Duration = Duration::from_secs(30 * 60);

/// How the tool names its files, which it writes beside the manifest of every package.
const SUFFIX: &str = "_bin.cdx.json";

/// The bills of both programs for a platform. Two calls give the same bytes.
pub(super) fn both(platform: Platform) -> Result<Vec<(Binary, String)>> {
    let tool = install()?;
    let root = workspace_dir();
    let mut command = Command::new(tool);
    command
        .args(["cyclonedx", "--format", "json", "--spec-version", "1.5"])
        .args(["--describe", "binaries", "--no-build-deps", "--quiet"])
        .args(["--target", platform.triple])
        .current_dir(&root)
        .env("SOURCE_DATE_EPOCH", source_date()?);
    let result = Run::capture(&mut command, LIMIT).and_then(Run::success);
    // Also after a failure: nothing of it belongs into the sources.
    let mut found = Vec::new();
    for dir in package_dirs(&root)? {
        for entry in fs::read_dir(dir)? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if let Some(program) = name.strip_suffix(SUFFIX) {
                found.push((program.to_owned(), fs::read_to_string(&path)?));
                fs::remove_file(&path)?;
            }
        }
    }
    result.context("cannot list the dependencies")?;
    // References are paths of this machine.
    let here = format!("file://{}", root.display());
    let bill = |program: Binary| {
        let bill = found.iter().find(|(name, _)| name == program.name());
        let (_, text) = bill.with_context(|| format!("there is no bill of {}", program.name()))?;
        Ok((program, text.replace(&here, "file:///azuresre")))
    };
    Binary::ALL.into_iter().map(bill).collect()
}

/// The time that reproducible outputs carry, in seconds since 1970: `SOURCE_DATE_EPOCH`, or that of
/// the commit, or of the start of zip's calendar where there is none.
fn source_date() -> Result<String> {
    if let Ok(set) = std::env::var("SOURCE_DATE_EPOCH") {
        return Ok(set);
    }
    let mut git = Command::new("git");
    git.args(["log", "-1", "--format=%ct"])
        .current_dir(workspace_dir());
    let run = Run::capture(&mut git, Duration::from_secs(60)).and_then(Run::success);
    let time = run.map(|run| run.stdout.trim().to_owned());
    Ok(time
        .ok()
        .filter(|time| !time.is_empty())
        .unwrap_or_else(|| "315532800".to_owned()))
}

/// Installs the tool under the target directory, unless that was done.
fn install() -> Result<PathBuf> {
    let root = target_dir().join("tools");
    let tool = root
        .join("bin")
        .join(format!("cargo-cyclonedx{}", std::env::consts::EXE_SUFFIX));
    let mut ask = Command::new(&tool);
    ask.args(["cyclonedx", "--version"]);
    let installed = Run::capture(&mut ask, LIMIT)
        .is_ok_and(|run| run.stdout.trim().ends_with(&format!(" {VERSION}")));
    if installed {
        return Ok(tool);
    }
    let build = root.join("build");
    let mut command = Command::new(cargo());
    command
        .args(["install", "cargo-cyclonedx", "--version", VERSION])
        // Without optimisation, since it runs for seconds.
        .args(["--locked", "--debug", "--force", "--root"])
        .arg(&root)
        .env("CARGO_TARGET_DIR", &build);
    Run::capture(&mut command, LIMIT)?
        .success()
        .context("cannot install cargo-cyclonedx")?;
    fs::remove_dir_all(&build).with_context(|| format!("cannot remove {}", build.display()))?;
    Ok(tool)
}

/// The directories with a manifest of this workspace.
fn package_dirs(root: &Path) -> Result<Vec<PathBuf>> {
    let mut dirs = vec![root.to_owned()];
    for entry in fs::read_dir(root.join("crates"))? {
        dirs.push(entry?.path());
    }
    dirs.retain(|dir| dir.join("Cargo.toml").is_file());
    Ok(dirs)
}
