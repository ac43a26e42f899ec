//! The executables to compare.

use std::env;
use std::fs;
use std::path::{self, Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use test_support::binaries::{self, Binary};
use test_support::{target_dir, workspace_dir};

/// The role of an executable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// This provider in its current state.
    This,
    /// Another build of it.
    Other,
    /// The provider azapi.
    Azapi,
    /// The provider null, which has no service.
    Null,
}

/// An executable with its name.
#[derive(Clone, Debug)]
pub(super) struct Contender {
    pub(super) role: Role,
    pub(super) name: String,
    pub(super) executable: PathBuf,
}

/// Builds the current state.
pub(super) fn this() -> Result<Contender> {
    let [executable] = binaries::with_profile([Binary::Provider], "release")?;
    Ok(Contender {
        role: Role::This,
        name: "this build".to_owned(),
        executable,
    })
}

/// Returns an existing executable.
pub(super) fn at(role: Role, path: &Path) -> Result<Contender> {
    let executable = path::absolute(path)?;
    ensure!(
        executable.is_file(),
        "{} is not a file",
        executable.display()
    );
    let name = match role {
        Role::Azapi => "azapi",
        Role::Null => "null",
        Role::This | Role::Other => "the other build",
    };
    Ok(Contender {
        role,
        name: name.to_owned(),
        executable,
    })
}

/// Returns a release build of a commit, in a separate worktree. It is kept for later runs.
pub(super) fn of_commit(revision: &str) -> Result<Contender> {
    let commit = git(&["rev-parse", "--verify", &format!("{revision}^{{commit}}")])?;
    let short = git(&["rev-parse", "--short", &commit])?;
    let folder = target_dir().join("bench").join(&commit);
    let executable = folder.join(Binary::Provider.name());
    if !executable.is_file() {
        let worktree = folder.join("worktree");
        // Remove whatever an earlier attempt has left.
        let _ = forget(&worktree);
        fs::create_dir_all(&folder)?;
        let path = text(&worktree)?;
        git(&["worktree", "add", "--detach", "--force", path, &commit])?;
        let built = build(&worktree).and_then(|built| Ok(fs::copy(built, &executable)?));
        forget(&worktree)?;
        built.with_context(|| format!("cannot build {short}"))?;
    }
    Ok(Contender {
        role: Role::Other,
        name: short,
        executable,
    })
}

/// Builds the provider of a worktree. Dependencies are built once, in the target directory of this
/// workspace.
fn build(worktree: &Path) -> Result<PathBuf> {
    let target = target_dir();
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(["build", "--release", "--locked"])
        .args(["--package", Binary::Provider.package()])
        .args(["--bin", Binary::Provider.name()])
        .current_dir(worktree)
        .env("CARGO_TARGET_DIR", &target)
        .stdin(Stdio::null())
        .status()
        .context("cannot run cargo")?;
    ensure!(status.success(), "cargo says why above");
    let name = format!("{}{}", Binary::Provider.name(), env::consts::EXE_SUFFIX);
    Ok(target.join("release").join(name))
}

fn forget(worktree: &Path) -> Result<()> {
    if worktree.exists() {
        git(&["worktree", "remove", "--force", text(worktree)?])?;
    }
    Ok(())
}

fn text(path: &Path) -> Result<&str> {
    path.to_str().context("a path is no text")
}

/// Runs git in this workspace, and returns its output.
fn git(arguments: &[&str]) -> Result<String> {
    let output = Command::new("git")
        .args(arguments)
        .current_dir(workspace_dir())
        .stdin(Stdio::null())
        .output()
        .context("cannot run git")?;
    ensure!(
        output.status.success(),
        "git {} failed: {}",
        arguments.join(" "),
        String::from_utf8_lossy(&output.stderr).trim()
    );
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}
