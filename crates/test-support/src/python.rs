//! Programs from PyPI, each in a separate virtual environment.

use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::run::Run;

/// The time limit for downloading and unpacking 100 MB.
const LIMIT: Duration = Duration::from_secs(15 * 60);

/// A virtual environment with packages.
#[derive(Debug)]
pub struct Environment {
    dir: PathBuf,
}

impl Environment {
    /// Installs these requirements, such as `ziglang==0.15.1`, into `dir` if needed. Only uses
    /// wheels. If several processes do this at the same time, one of them installs.
    pub fn install(dir: &Path, requirements: &[&str]) -> Result<Self> {
        let parent = dir.parent().unwrap_or(dir);
        fs::create_dir_all(parent)
            .with_context(|| format!("cannot create {}", parent.display()))?;
        let lock_path = dir.with_extension("lock");
        let lock = File::create(&lock_path)
            .with_context(|| format!("cannot create {}", lock_path.display()))?;
        lock.lock()
            .with_context(|| format!("cannot lock {}", lock_path.display()))?;

        let environment = Self {
            dir: dir.to_owned(),
        };
        let stamp = dir.join("installed");
        // A virtual environment cannot be moved, so the path is part of the stamp.
        let wanted = format!("{}\n{}", requirements.join("\n"), dir.display());
        if fs::read_to_string(&stamp).is_ok_and(|text| text == wanted) {
            return Ok(environment);
        }
        if dir.exists() {
            fs::remove_dir_all(dir).with_context(|| format!("cannot remove {}", dir.display()))?;
        }
        environment.create()?;
        environment.fill(requirements)?;
        // Written last, so that an interrupted installation is repeated.
        fs::write(&stamp, wanted).with_context(|| format!("cannot write {}", stamp.display()))?;
        Ok(environment)
    }

    /// Returns the path of the interpreter.
    pub fn python(&self) -> PathBuf {
        let name = if cfg!(windows) {
            "python.exe"
        } else {
            "python3"
        };
        self.programs().join(name)
    }

    /// Returns the directory of the packages' programs.
    pub fn programs(&self) -> PathBuf {
        self.dir.join(if cfg!(windows) { "Scripts" } else { "bin" })
    }

    /// Returns the value of `PATH` with these programs first.
    pub fn path(&self) -> Result<OsString> {
        let inherited = std::env::var_os("PATH").unwrap_or_default();
        let all = std::iter::once(self.programs()).chain(std::env::split_paths(&inherited));
        Ok(std::env::join_paths(all)?)
    }

    fn create(&self) -> Result<()> {
        let interpreter = if cfg!(windows) { "python" } else { "python3" };
        let mut command = Command::new(interpreter);
        command.args(["-m", "venv"]).arg(&self.dir);
        Run::capture(&mut command, LIMIT)
            .with_context(|| format!("{interpreter} is needed, 3.9 or later, with venv"))?
            .success()
            .context("cannot create a virtual environment (Debian: install python3-venv)")?;
        Ok(())
    }

    fn fill(&self, requirements: &[&str]) -> Result<()> {
        let mut pip = Command::new(self.python());
        pip.args([
            "-m",
            "pip",
            "install",
            "--no-input",
            "--disable-pip-version-check",
        ])
        // Source distributions would need compilers, and run arbitrary code.
        .args(["--only-binary", ":all:"])
        .args(requirements);
        Run::capture(&mut pip, LIMIT)?.success().with_context(|| {
            format!(
                "pip cannot install {} (is PyPI reachable, are there wheels for this platform?)",
                requirements.join(", ")
            )
        })?;
        Ok(())
    }
}
