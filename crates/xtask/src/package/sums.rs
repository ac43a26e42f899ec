//! The file of digests and its signature, as registries require them.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use test_support::Run;

use super::archive::sha256;

/// The variable with the armored private key.
pub(super) const KEY: &str = "AZURESRE_SIGNING_KEY";
/// The variable with its passphrase, if it has one.
const PASSPHRASE: &str = "AZURESRE_SIGNING_PASSPHRASE";

const LIMIT: Duration = Duration::from_secs(60);

/// Writes `PREFIX_SHA256SUMS` for files in a directory, and returns its path.
pub(super) fn write(dir: &Path, prefix: &str, names: &[String]) -> Result<PathBuf> {
    let mut names = names.to_vec();
    names.sort();
    let mut lines = String::new();
    for name in names {
        let path = dir.join(&name);
        let content = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        lines.push_str(&format!("{}  {name}\n", sha256(&content)));
    }
    let path = dir.join(format!("{prefix}_SHA256SUMS"));
    fs::write(&path, lines).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(path)
}

/// Signs files with the key in the environment.
#[derive(Debug)]
pub(super) struct Signer {
    /// The home directory of GnuPG. It only contains this key, and is removed with the signer.
    home: tempfile::TempDir,
    passphrase: String,
}

impl Signer {
    /// Returns the signer with the key in `AZURESRE_SIGNING_KEY`, or `None` if there is no key.
    pub(super) fn from_env() -> Result<Option<Self>> {
        let Some(key) = env::var(KEY).ok().filter(|key| !key.trim().is_empty()) else {
            return Ok(None);
        };
        let passphrase = env::var(PASSPHRASE).unwrap_or_default();
        Self::new(&key, passphrase).map(Some)
    }

    fn new(key: &str, passphrase: String) -> Result<Self> {
        let home = tempfile::Builder::new().prefix("azuresre-").tempdir()?;
        let signer = Self { home, passphrase };
        let mut import = signer.gpg();
        import.arg("--import");
        signer
            .run(&mut import, key)
            .with_context(|| format!("{KEY} holds no private key that gpg takes"))?;
        Ok(signer)
    }

    /// Writes a detached binary signature of a file, as `FILE.sig`, verifies it, and returns its
    /// path.
    pub(super) fn sign(&self, file: &Path) -> Result<PathBuf> {
        let mut signature = file.as_os_str().to_owned();
        signature.push(".sig");
        let mut sign = self.gpg();
        sign.args(["--yes", "--digest-algo", "SHA256", "--passphrase-fd", "0"])
            .arg("--output")
            .arg(&signature)
            .arg("--detach-sign")
            .arg(file);
        self.run(&mut sign, &self.passphrase)
            .with_context(|| format!("cannot sign {}", file.display()))?;
        let mut verify = self.gpg();
        verify.arg("--verify").arg(&signature).arg(file);
        self.run(&mut verify, "")
            .context("the signature does not hold")?;
        Ok(signature.into())
    }

    fn gpg(&self) -> Command {
        let mut command = Command::new("gpg");
        command
            .args(["--batch", "--no-tty", "--quiet", "--pinentry-mode"])
            .arg("loopback")
            .env("GNUPGHOME", self.home.path())
            .env("LC_ALL", "C");
        command
    }

    /// Runs gpg with a text on standard input, which other processes cannot see.
    fn run(&self, command: &mut Command, input: &str) -> Result<()> {
        use std::io::Write as _;

        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .context("cannot run gpg, which signs: install GnuPG, or pass --unsigned")?;
        if let Some(mut stdin) = child.stdin.take() {
            // If the program does not read all of it, its exit code decides.
            let _ = stdin.write_all(input.as_bytes());
        }
        let output = child.wait_with_output()?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "gpg failed: {}", said.trim());
        Ok(())
    }
}

impl Drop for Signer {
    fn drop(&mut self) {
        // gpg has started an agent for this directory, which would keep running.
        let mut end = Command::new("gpgconf");
        end.args(["--kill", "all"])
            .env("GNUPGHOME", self.home.path());
        let _ = Run::capture(&mut end, LIMIT);
    }
}

#[cfg(test)]
#[allow(clippy::print_stderr, reason = "a test that is skipped says so")]
mod tests {
    use super::*;

    /// Creates a signing key and returns it armored, or `None` if there is no gpg.
    fn key(passphrase: &str) -> Option<String> {
        let home = tempfile::tempdir().unwrap();
        let gpg = |arguments: &[&str]| {
            let mut command = Command::new("gpg");
            command
                .args(["--batch", "--quiet", "--pinentry-mode", "loopback"])
                .args(["--passphrase", passphrase])
                .args(arguments)
                .env("GNUPGHOME", home.path());
            Run::capture(&mut command, LIMIT).ok()?.success().ok()
        };
        gpg(&[
            "--quick-generate-key",
            "test@example.com",
            "rsa2048",
            "sign",
        ])?;
        let key = gpg(&["--armor", "--export-secret-keys"])?.stdout;
        let mut end = Command::new("gpgconf");
        end.args(["--kill", "all"]).env("GNUPGHOME", home.path());
        let _ = Run::capture(&mut end, LIMIT);
        Some(key)
    }

    #[test]
    fn sums_are_signed_with_a_key_of_either_kind() {
        for passphrase in ["", "correct horse"] {
            let Some(key) = key(passphrase) else {
                eprintln!("skipped: there is no gpg that makes keys");
                return;
            };
            let dir = tempfile::tempdir().unwrap();
            fs::write(dir.path().join("b.zip"), "b").unwrap();
            fs::write(dir.path().join("a.zip"), "a").unwrap();
            let names = ["b.zip".to_owned(), "a.zip".to_owned()];
            let sums = write(dir.path(), "x_1", &names).unwrap();
            let text = fs::read_to_string(&sums).unwrap();
            assert!(
                text.starts_with(
                    "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb  a.zip\n"
                ),
                "{text}"
            );
            let signer = Signer::new(&key, passphrase.to_owned()).unwrap();
            let signature = signer.sign(&sums).unwrap();
            assert_eq!(signature, dir.path().join("x_1_SHA256SUMS.sig"));
            fs::write(&sums, "other").unwrap();
            let mut verify = signer.gpg();
            verify.arg("--verify").arg(&signature).arg(&sums);
            assert!(signer.run(&mut verify, "").is_err());
        }
    }

    #[test]
    fn text_that_is_not_a_key_is_refused() {
        let error = Signer::new("nonsense", String::new()).unwrap_err();
        assert!(error.to_string().contains(KEY), "{error}");
    }
}
