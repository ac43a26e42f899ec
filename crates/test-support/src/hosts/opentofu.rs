//! OpenTofu, built from its Go module.
//!
//! `go install` refuses modules that replace others, like OpenTofu's. So the module is downloaded,
//! which checks it against Go's checksum database, and built in its folder.

use std::env::consts::EXE_SUFFIX;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::run::Run;

/// The release to build.
pub(super) const VERSION: &str = "1.12.6";

/// The time limit for downloading OpenTofu and its dependencies, and for building it: five minutes
/// on two cores.
const LIMIT: Duration = Duration::from_secs(30 * 60);

/// Returns the path of the executable below the target directory, whether it exists or not.
pub(super) fn program(target: &Path) -> PathBuf {
    let folder = target.join(format!("opentofu-{VERSION}"));
    folder.join(format!("tofu{EXE_SUFFIX}"))
}

/// Builds the executable if needed, and returns its path.
pub(super) fn build(target: &Path) -> Result<PathBuf> {
    let program = program(target);
    if program.is_file() {
        return Ok(program);
    }
    let mut download = Command::new("go");
    let module = format!("github.com/opentofu/opentofu@v{VERSION}");
    // Run outside of any module, whose settings would apply otherwise.
    download
        .args(["mod", "download", "-json", &module])
        .current_dir(std::env::temp_dir());
    let run = Run::capture(&mut download, LIMIT)
        .context("is Go installed?")?
        .success()?;
    let downloaded: Value = serde_json::from_str(&run.stdout)?;
    let sources = downloaded["Dir"]
        .as_str()
        .context("go does not say where the module is")?;
    // Build under another name first, because a partially written executable is unusable.
    let unfinished = program.with_extension("new");
    let mut build = Command::new("go");
    build
        .args(["build", "-mod=readonly", "-trimpath"])
        .args([
            "-ldflags",
            "-s -w -X github.com/opentofu/opentofu/version.dev=no",
        ])
        .arg("-o")
        .arg(&unfinished)
        .arg("./cmd/tofu")
        .env("CGO_ENABLED", "0")
        .current_dir(sources);
    Run::capture(&mut build, LIMIT)?.success()?;
    std::fs::rename(&unfinished, &program)?;
    Ok(program)
}
