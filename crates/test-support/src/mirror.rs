use std::env::consts::EXE_SUFFIX;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::hosts::Host;

/// The version under which the provider is installed: that of the workspace.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The file name of the installed provider.
pub fn installed_provider_name() -> String {
    format!("terraform-provider-azuresre_v{VERSION}{EXE_SUFFIX}")
}

/// Installs the provider's executable into a filesystem mirror as users do, where the host looks
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
    // A debug build is large; a link is enough where the file system allows one.
    if fs::hard_link(binary, &file).is_err() {
        fs::copy(binary, &file)
            .with_context(|| format!("cannot copy {} to {}", binary.display(), file.display()))?;
    }
    Ok(())
}

/// A CLI configuration that installs providers from the mirror and from nowhere else.
pub(crate) fn cli_config(mirror: &Path) -> String {
    // A JSON string is a string of HCL as well, but for its templates, which paths do not hold.
    let path = serde_json::Value::from(mirror.to_string_lossy());
    format!(
        "disable_checkpoint = true\n\n\
         provider_installation {{\n  filesystem_mirror {{\n    path = {path}\n  }}\n}}\n"
    )
}
