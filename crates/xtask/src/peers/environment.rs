//! Separate environments for clients in Python and JavaScript.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result};
use test_support::{Run, target_dir};

/// How long an installation may take.
const LIMIT: Duration = Duration::from_secs(900);
/// A marker file for a complete environment.
const COMPLETE: &str = "complete";

/// The language of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    Python,
    Node,
}

/// An environment with a client.
#[derive(Debug)]
pub(super) struct Environment {
    language: Language,
    folder: PathBuf,
}

impl Environment {
    /// Returns the environment with these packages, which are installed if needed, or why this
    /// machine cannot have one.
    pub(super) fn prepare(language: Language, packages: &[&str]) -> Result<Result<Self, String>> {
        let (program, what) = match language {
            Language::Python => ("python3", "Python 3 with venv and pip"),
            Language::Node => ("npm", "Node with npm"),
        };
        if !is_there(program) {
            return Ok(Err(format!("this machine has no {what}")));
        }
        let name: String = packages
            .join("+")
            .chars()
            .map(|char| {
                if char.is_alphanumeric() || ".-+".contains(char) {
                    char
                } else {
                    '_'
                }
            })
            .collect();
        let environment = Self {
            language,
            folder: target_dir().join("peers").join(name),
        };
        if environment.folder.join(COMPLETE).is_file() {
            return Ok(Ok(environment));
        }
        println!("    installing {}", packages.join(", "));
        environment.install(packages)?;
        std::fs::write(environment.folder.join(COMPLETE), "")?;
        Ok(Ok(environment))
    }

    /// Returns the program that runs scripts.
    pub(super) fn interpreter(&self) -> PathBuf {
        match self.language {
            Language::Python => self.program("python"),
            Language::Node => PathBuf::from("node"),
        }
    }

    /// Returns the path of a program of a package.
    pub(super) fn program(&self, name: &str) -> PathBuf {
        self.programs().join(name)
    }

    /// Returns the directory of these programs.
    pub(super) fn programs(&self) -> PathBuf {
        match (self.language, cfg!(windows)) {
            (Language::Python, true) => self.folder.join("Scripts"),
            (Language::Python, false) => self.folder.join("bin"),
            (Language::Node, _) => self.folder.join("node_modules/.bin"),
        }
    }

    /// Returns the path of the script at which it finds its packages.
    pub(super) fn script(&self, script: &Path) -> Result<PathBuf> {
        if self.language == Language::Python {
            return Ok(script.to_owned());
        }
        let name = script.file_name().context("a script has a name")?;
        let copy = self.folder.join(name);
        std::fs::copy(script, &copy)?;
        Ok(copy)
    }

    fn install(&self, packages: &[&str]) -> Result<()> {
        // Remove whatever an earlier attempt has left.
        if self.folder.exists() {
            std::fs::remove_dir_all(&self.folder)?;
        }
        std::fs::create_dir_all(&self.folder)?;
        match self.language {
            Language::Python => {
                let mut venv = Command::new("python3");
                venv.args(["-m", "venv"]).arg(&self.folder);
                Run::capture(&mut venv, LIMIT)?.success()?;
                let mut pip = Command::new(self.program("python"));
                pip.args([
                    "-m",
                    "pip",
                    "install",
                    "--quiet",
                    "--disable-pip-version-check",
                ]);
                Run::capture(pip.args(packages), LIMIT)?.success()?;
            }
            Language::Node => {
                std::fs::write(self.folder.join("package.json"), "{\"private\": true}")?;
                let mut npm = Command::new("npm");
                npm.args(["install", "--silent", "--no-audit", "--no-fund"]);
                Run::capture(npm.args(packages).current_dir(&self.folder), LIMIT)?.success()?;
            }
        }
        Ok(())
    }
}

fn is_there(program: &str) -> bool {
    let mut command = Command::new(program);
    let run = Run::capture(command.arg("--version"), Duration::from_secs(60));
    run.is_ok_and(|run| run.code == Some(0))
}
