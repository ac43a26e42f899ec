use std::env::consts::EXE_SUFFIX;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::hosts::Host;

/// The version under which the provider is installed, which is that of the workspace.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Returns the file name of the installed provider.
pub fn installed_provider_name() -> String {
    format!("terraform-provider-azuresre_v{VERSION}{EXE_SUFFIX}")
}

/// Installs the provider's executable into a filesystem mirror, like users do, where the host looks
/// for `azuresre/azuresre`.
pub(crate) fn install_provider(mirror: &Path, host: &Host, binary: &Path) -> Result<()> {
    let dir: PathBuf = [
        host.registry(),
        "azuresre",
        "azuresre",
        VERSION,
        host.platform(),
    ]
    .iter()
    .fold(mirror.to_owned(), |path, part| path.join(part));
    fs::create_dir_all(&dir).with_context(|| format!("cannot create {}", dir.display()))?;
    let file = dir.join(format!(
        "terraform-provider-azuresre_v{VERSION}{EXE_SUFFIX}"
    ));
    // A debug build is large, so use a link if the file system supports it.
    if fs::hard_link(binary, &file).is_err() {
        fs::copy(binary, &file)
            .with_context(|| format!("cannot copy {} to {}", binary.display(), file.display()))?;
    }
    Ok(())
}

/// Returns a CLI configuration that installs providers only from the mirror.
pub(crate) fn cli_config(mirror: &Path) -> String {
    // A JSON string is also a string of HCL, except for templates, which paths do not contain.
    let path = serde_json::Value::from(mirror.to_string_lossy());
    format!(
        "disable_checkpoint = true\n\n\
         provider_installation {{\n  filesystem_mirror {{\n    path = {path}\n  }}\n}}\n"
    )
}
