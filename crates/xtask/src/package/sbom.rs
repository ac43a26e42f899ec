//! The bill of materials of a program, from cargo's resolution, as CycloneDX.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result};
use test_support::binaries::Binary;
use test_support::{Run, target_dir, workspace_dir};

use super::build::cargo;
use super::platform::Platform;

/// The version of `cargo-cyclonedx`.
const VERSION: &str = "0.5.9";

/// The time limit for building the tool.
const LIMIT: Duration = Duration::from_secs(30 * 60);

/// The suffix of the files that the tool writes next to the manifest of every package.
const SUFFIX: &str = "_bin.cdx.json";

/// Returns the bills of both programs for a platform. They are reproducible.
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
    // Remove the files even after a failure, because they do not belong in the sources.
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
    // References contain paths of this machine.
    let here = format!("file://{}", root.display());
    let bill = |program: Binary| {
        let bill = found.iter().find(|(name, _)| name == program.name());
        let (_, text) = bill.with_context(|| format!("there is no bill of {}", program.name()))?;
        Ok((program, text.replace(&here, "file:///azuresre")))
    };
    Binary::ALL.into_iter().map(bill).collect()
}

/// Returns the time for reproducible outputs, in seconds since 1970: `SOURCE_DATE_EPOCH`, or that
/// of the commit, or the start of zip's calendar.
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

/// Installs the tool under the target directory if needed.
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
        // Without optimization, because it only runs for seconds.
        .args(["--locked", "--debug", "--force", "--root"])
        .arg(&root)
        .env("CARGO_TARGET_DIR", &build);
    Run::capture(&mut command, LIMIT)?
        .success()
        .context("cannot install cargo-cyclonedx")?;
    fs::remove_dir_all(&build).with_context(|| format!("cannot remove {}", build.display()))?;
    Ok(tool)
}

/// Returns the directories of this workspace that contain a manifest.
fn package_dirs(root: &Path) -> Result<Vec<PathBuf>> {
    let mut dirs = vec![root.to_owned()];
    for entry in fs::read_dir(root.join("crates"))? {
        dirs.push(entry?.path());
    }
    dirs.retain(|dir| dir.join("Cargo.toml").is_file());
    Ok(dirs)
}
