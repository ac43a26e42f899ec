//! What building needs besides Rust, said before minutes have passed.

use std::env;
use std::process::{Command, Stdio};

use anyhow::{Result, bail};

/// Fails when there is no C compiler, which the cryptography (`aws-lc-sys`) is built with. On Windows
/// with MSVC it is found through the registry, by the build itself.
pub(crate) fn require_c_compiler() -> Result<()> {
    if cfg!(target_env = "msvc") {
        return Ok(());
    }
    let compiler = env::var("CC").ok().filter(|text| !text.trim().is_empty());
    let compiler = compiler.as_deref().unwrap_or("cc");
    if runs(compiler) {
        return Ok(());
    }
    bail!(
        "the C compiler `{compiler}` does not run, and the cryptography of the provider is written in \
         C; install one (Debian and Ubuntu: `apt-get install build-essential`, Fedora: `dnf install \
         gcc`, macOS: `xcode-select --install`), or name it in the variable CC"
    )
}

/// Whether the command, which may have arguments (`ccache gcc`), knows its version.
fn runs(command: &str) -> bool {
    let mut words = command.split_whitespace();
    let Some(program) = words.next() else {
        return false;
    };
    let status = Command::new(program)
        .args(words)
        .arg("--version")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    status.is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_is_missing_does_not_run() {
        assert!(runs("cargo"));
        assert!(!runs("/no/such/compiler -m64"));
        assert!(!runs(" "));
    }
}
