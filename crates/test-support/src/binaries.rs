//! The executables of this workspace that tests run together with Terraform.

use std::collections::BTreeMap;
use std::env;
use std::path::{self, Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;

use anyhow::{Context as _, Result, anyhow, ensure};
use serde_json::Value;

use crate::cargo_dirs::{running_profile, running_profile_dir, target_dir, workspace_dir};
use crate::dep_info::is_current;

/// An executable of this workspace.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Binary {
    /// `terraform-provider-azuresre`
    Provider,
    /// `azuresre-emulator`
    Emulator,
}

impl Binary {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Provider, Self::Emulator];

    /// Returns the name of the executable, without the extension of the platform.
    pub fn name(self) -> &'static str {
        match self {
            Self::Provider => "terraform-provider-azuresre",
            Self::Emulator => "azuresre-emulator",
        }
    }

    /// Returns its package.
    pub fn package(self) -> &'static str {
        match self {
            Self::Provider => "terraform-provider-azuresre",
            Self::Emulator => "emulator",
        }
    }

    /// Returns the variable that selects an executable instead of building one.
    fn variable(self) -> &'static str {
        match self {
            Self::Provider => "AZURESRE_PROVIDER_BINARY",
            Self::Emulator => "AZURESRE_EMULATOR_BINARY",
        }
    }

    /// Returns the executable that a variable selects.
    fn configured(self) -> Result<Option<PathBuf>> {
        // Cargo sets the second one for the integration tests of the binary's own package.
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

    /// Returns the executable that was built with the profile of the running executable, unless its
    /// sources have changed.
    ///
    /// Cargo would often build it again, because features depend on the packages of a command, and
    /// `cargo test --workspace` has built it for all of them.
    fn current(self) -> Result<Option<PathBuf>> {
        let name = format!("{}{}", self.name(), env::consts::EXE_SUFFIX);
        let executable = target_dir().join(running_profile_dir()).join(name);
        let current = is_current(&executable, &manifests()?);
        Ok(current.then_some(executable))
    }
}

/// Returns the files of this workspace from which cargo derives how to compile, apart from sources.
fn manifests() -> Result<Vec<PathBuf>> {
    let root = workspace_dir();
    let packages = std::fs::read_dir(root.join("crates"))?;
    let mut files = packages
        .map(|package| Ok(package?.path().join("Cargo.toml")))
        .collect::<Result<Vec<_>>>()?;
    files.extend(["Cargo.toml", "Cargo.lock", ".cargo/config.toml"].map(|name| root.join(name)));
    Ok(files)
}

/// Returns the provider: `AZURESRE_PROVIDER_BINARY`, or an executable that is built once per
/// process with the profile of the running executable, unless there is one already.
pub fn provider_binary() -> Result<PathBuf> {
    let [provider] = once([Binary::Provider])?;
    Ok(provider)
}

/// Returns the emulator: `AZURESRE_EMULATOR_BINARY`, or an executable that is built once per
/// process with the profile of the running executable, unless there is one already.
pub fn emulator_binary() -> Result<PathBuf> {
    let [emulator] = once([Binary::Emulator])?;
    Ok(emulator)
}

/// Returns provider and emulator as above, built together.
pub fn both_binaries() -> Result<[PathBuf; 2]> {
    once(Binary::ALL)
}

/// Returns the executables that their variables select. Builds the others together with this cargo
/// profile: `dev`, `release`.
pub fn with_profile<const N: usize>(wanted: [Binary; N], profile: &str) -> Result<[PathBuf; N]> {
    find_or_build(wanted, profile, Binary::configured)
}

/// Returns the executables that are found, and builds the others.
fn find_or_build<const N: usize>(
    wanted: [Binary; N],
    profile: &str,
    find: impl Fn(Binary) -> Result<Option<PathBuf>>,
) -> Result<[PathBuf; N]> {
    let mut found = Vec::new();
    for binary in wanted {
        found.push((binary, find(binary)?));
    }
    let missing = found.iter().filter(|(_, path)| path.is_none());
    let missing: Vec<Binary> = missing.map(|(binary, _)| *binary).collect();
    let mut built = build(&missing, profile)?.into_iter();
    let paths: Vec<PathBuf> = found
        .into_iter()
        .filter_map(|(_, path)| path.or_else(|| built.next()))
        .collect();
    paths
        .try_into()
        .map_err(|paths| anyhow!("cargo built {paths:?} only"))
}

/// Builds executables into [`target_dir`]. Cargo's progress and messages go to standard error.
/// Parallel builds wait for each other on cargo's own lock.
fn build(binaries: &[Binary], profile: &str) -> Result<Vec<PathBuf>> {
    if binaries.is_empty() {
        return Ok(Vec::new());
    }
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(&cargo);
    command.arg("build");
    for binary in binaries {
        command.args(["--package", binary.package(), "--bin", binary.name()]);
    }
    let output = command
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
    let names: Vec<&str> = binaries.iter().map(|binary| binary.name()).collect();
    ensure!(
        output.status.success(),
        "cannot build {} ({}); cargo says why above",
        names.join(" and "),
        output.status
    );
    let path = |name: &&str| {
        executable(&output.stdout, name)
            .with_context(|| format!("cargo built {name} but named no executable"))
    };
    names.iter().map(path).collect()
}

fn once<const N: usize>(wanted: [Binary; N]) -> Result<[PathBuf; N]> {
    static BUILT: Mutex<BTreeMap<&str, PathBuf>> = Mutex::new(BTreeMap::new());
    // A panic of another test during its build does not affect this build.
    let mut built = BUILT
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    if !wanted
        .iter()
        .all(|binary| built.contains_key(binary.name()))
    {
        let paths = find_or_build(wanted, &running_profile(), |binary| {
            let configured = binary.configured()?;
            configured.map_or_else(|| binary.current(), |path| Ok(Some(path)))
        })?;
        built.extend(wanted.iter().map(|binary| binary.name()).zip(paths));
    }
    Ok(wanted.map(|binary| built.get(binary.name()).cloned().unwrap_or_default()))
}

/// Finds the executable in cargo's messages, one JSON document per line.
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
