//! Requirements of the build in addition to Rust, checked before minutes have passed.

use std::env;
use std::process::{Command, Stdio};

use anyhow::{Result, bail};

/// Fails if there is no C compiler, which the build of the cryptography (`aws-lc-sys`) needs. On
/// Windows with MSVC, the build itself finds it through the registry.
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

/// Returns whether the command, which may have arguments (`ccache gcc`), prints its version.
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
