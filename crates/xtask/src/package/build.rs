//! Release builds of both programs for any platform, which are reproducible.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use test_support::binaries::Binary;
use test_support::python::Environment;
use test_support::{Run, target_dir, workspace_dir};

use super::platform::Platform;

/// The cross linker and C compiler, and the adapter for cargo. They are pinned, because they are
/// part of the build.
const ZIG: [&str; 2] = ["cargo-zigbuild==0.24.1", "ziglang==0.15.1"];

/// The time limit for running a tool, or for a download of 100 MB.
const LIMIT: Duration = Duration::from_secs(15 * 60);

/// Builds both programs for a platform, and returns their paths. Cargo's progress and messages go
/// to standard error.
pub(super) fn build(platform: Platform) -> Result<Vec<(Binary, PathBuf)>> {
    add_target(platform)?;
    let mut command = if platform.is_built_with_zig() {
        let zig = Environment::install(&target_dir().join("tools").join("zig"), &ZIG)?;
        let mut command = Command::new(zig.programs().join("cargo-zigbuild"));
        command.arg("zigbuild").env("PATH", zig.path()?);
        command
    } else {
        let mut command = Command::new(cargo());
        command.arg("build");
        command
    };
    for program in Binary::ALL {
        command.args(["--package", program.package(), "--bin", program.name()]);
    }
    let status = command
        .args(["--release", "--locked", "--target", platform.triple])
        .current_dir(workspace_dir())
        .env("CARGO_TARGET_DIR", target_dir())
        .env("CARGO_ENCODED_RUSTFLAGS", flags()?)
        // Cargo's variables for this process would count as a change and trigger a rebuild.
        .env_remove("CARGO_MANIFEST_DIR")
        .status()
        .with_context(|| format!("cannot run {command:?}"))?;
    ensure!(
        status.success(),
        "cannot build for {platform}; cargo says why above"
    );
    let dir = target_dir().join(platform.triple).join("release");
    let path = |program: Binary| {
        let file = format!("{}{}", program.name(), platform.extension());
        (program, dir.join(file))
    };
    Ok(Binary::ALL.map(path).to_vec())
}

/// Returns the path of cargo, or its name.
pub(super) fn cargo() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// Installs the standard library of the platform, if rustup manages the toolchain.
fn add_target(platform: Platform) -> Result<()> {
    let arguments = ["--print", "target-libdir", "--target", platform.triple];
    let libraries = rustc(&arguments)?;
    if PathBuf::from(&libraries).is_dir() {
        return Ok(());
    }
    let mut rustup = Command::new("rustup");
    rustup
        .args(["target", "add", platform.triple])
        .current_dir(workspace_dir());
    Run::capture(&mut rustup, LIMIT)
        .and_then(Run::success)
        .with_context(|| {
            format!(
                "the standard library for {} is not at {libraries}, and rustup cannot add it",
                platform.triple
            )
        })?;
    Ok(())
}

/// Returns compiler flags that keep paths of this machine out of the programs: out of panic
/// messages, and out of the digests in symbol names.
fn flags() -> Result<OsString> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(std::env::home_dir()?.join(".cargo")));
    let home = home.context("there is no home directory, and CARGO_HOME is not set")?;
    let sysroot = PathBuf::from(rustc(&["--print", "sysroot"])?);
    let commit = rustc(&["--version", "--verbose"])?;
    let commit = commit
        .lines()
        .find_map(|line| line.strip_prefix("commit-hash: "))
        .unwrap_or("unknown");
    let mut flags = OsString::new();
    // The last match wins.
    for (path, name) in [
        (workspace_dir(), "/azuresre".to_owned()),
        (target_dir(), "/target".to_owned()),
        (home, "/cargo".to_owned()),
        // If its sources are installed, the standard library contains their paths instead of
        // these.
        (
            sysroot.join("lib/rustlib/src/rust"),
            format!("/rustc/{commit}"),
        ),
    ] {
        if !flags.is_empty() {
            flags.push("\u{1f}");
        }
        flags.push("--remap-path-prefix=");
        flags.push(path);
        flags.push(format!("={name}"));
    }
    Ok(flags)
}

fn rustc(arguments: &[&str]) -> Result<String> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let mut command = Command::new(rustc);
    command.args(arguments).current_dir(workspace_dir());
    let run = Run::capture(&mut command, LIMIT)?.success()?;
    Ok(run.stdout.trim().to_owned())
}
