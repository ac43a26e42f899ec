//! The executables of this workspace that run beside Terraform.

use std::env;
use std::path::{self, Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;

use crate::cargo_dirs::{running_profile, target_dir, workspace_dir};

/// An executable of this workspace.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Binary {
    /// `terraform-provider-azuresre`
    Provider,
    /// `azuresre-emulator`
    Emulator,
}

impl Binary {
    /// The name of the executable, without the extension of the platform.
    pub fn name(self) -> &'static str {
        match self {
            Self::Provider => "terraform-provider-azuresre",
            Self::Emulator => "azuresre-emulator",
        }
    }

    fn package(self) -> &'static str {
        match self {
            Self::Provider => "terraform-provider-azuresre",
            Self::Emulator => "emulator",
        }
    }

    /// The variable that names an executable to use instead of building one.
    fn variable(self) -> &'static str {
        match self {
            Self::Provider => "AZURESRE_PROVIDER_BINARY",
            Self::Emulator => "AZURESRE_EMULATOR_BINARY",
        }
    }

    fn configured(self) -> Result<Option<PathBuf>> {
        // Cargo sets the second one for the integration tests of the binary's own package. Building
        // again would resolve the features anew, without those of the tests, and compile for long.
        for variable in [
            self.variable().to_owned(),
            format!("CARGO_BIN_EXE_{}", self.name()),
        ] {
            if let Some(value) = env::var_os(&variable) {
                let path = path::absolute(value)?;
                ensure!(
                    path.is_file(),
                    "{variable} is {}, which is not a file",
                    path.display()
                );
                return Ok(Some(path));
            }
        }
        Ok(None)
    }
}

/// The provider: `AZURESRE_PROVIDER_BINARY`, or built once per process with the profile of the
/// running executable.
pub fn provider_binary() -> Result<PathBuf> {
    static BUILT: Mutex<Option<PathBuf>> = Mutex::new(None);
    once(&BUILT, Binary::Provider)
}

/// The emulator: `AZURESRE_EMULATOR_BINARY`, or built once per process with the profile of the
/// running executable.
pub fn emulator_binary() -> Result<PathBuf> {
    static BUILT: Mutex<Option<PathBuf>> = Mutex::new(None);
    once(&BUILT, Binary::Emulator)
}

/// The executable that the variable names, or one built with this cargo profile: `dev`, `release`.
pub fn with_profile(binary: Binary, profile: &str) -> Result<PathBuf> {
    match binary.configured()? {
        Some(path) => Ok(path),
        None => build(binary, profile),
    }
}

/// Builds an executable into [`target_dir`]. Cargo's progress and messages go to standard error.
/// Parallel builds wait for each other on cargo's own lock.
fn build(binary: Binary, profile: &str) -> Result<PathBuf> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(&cargo)
        .args([
            "build",
            "--package",
            binary.package(),
            "--bin",
            binary.name(),
        ])
        .args([
            "--profile",
            profile,
            "--message-format",
            "json-render-diagnostics",
        ])
        .current_dir(workspace_dir())
        .env("CARGO_TARGET_DIR", target_dir())
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("cannot run {}", Path::new(&cargo).display()))?;
    if !output.status.success() {
        bail!(
            "cannot build {} ({}); cargo says why above",
            binary.name(),
            output.status
        );
    }
    executable(&output.stdout, binary.name())
        .with_context(|| format!("cargo built {} but named no executable", binary.name()))
}

fn once(built: &Mutex<Option<PathBuf>>, binary: Binary) -> Result<PathBuf> {
    // A panic of another test while it built says nothing about this build.
    let mut built = built
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(path) = &*built {
        return Ok(path.clone());
    }
    let path = with_profile(binary, &running_profile())?;
    *built = Some(path.clone());
    Ok(path)
}

/// Finds the executable in cargo's messages, one JSON document a line.
fn executable(messages: &[u8], name: &str) -> Option<PathBuf> {
    String::from_utf8_lossy(messages)
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| message["reason"] == "compiler-artifact")
        .filter(|message| message["target"]["name"] == name)
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn executable_is_taken_from_the_artifact_of_that_name() {
        let messages = concat!(
            r#"{"reason":"compiler-artifact","target":{"name":"azuresre"},"executable":null}"#,
            "\n",
            r#"{"reason":"compiler-artifact","target":{"name":"other"},"executable":"/t/other"}"#,
            "\n",
            r#"{"reason":"compiler-artifact","target":{"name":"wanted"},"executable":"/t/wanted"}"#,
            "\n",
            r#"{"reason":"build-finished","success":true}"#,
        );
        assert_eq!(
            executable(messages.as_bytes(), "wanted"),
            Some("/t/wanted".into())
        );
        assert_eq!(executable(messages.as_bytes(), "azuresre"), None);
    }
}
