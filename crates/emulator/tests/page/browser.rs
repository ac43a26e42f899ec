//! A headless browser on this machine, and the package that drives it.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result};
use test_support::{Run, target_dir};

/// The packages that drive the browser and check accessibility.
const PACKAGES: [&str; 2] = ["playwright-core@1.65.1", "axe-core@4.14.1"];
const BROWSERS: [&str; 5] = [
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];
const LIMIT: Duration = Duration::from_secs(300);
/// A marker file, which is written when an installation is complete.
const COMPLETE: &str = "complete";

pub(crate) struct Browser {
    program: OsString,
    folder: PathBuf,
}

impl Browser {
    /// Returns a browser with its driver, which is installed if necessary, or why this machine has
    /// none.
    pub(crate) fn find() -> Result<Result<Self, String>> {
        let named = env::var_os("AZURESRE_CHROMIUM");
        let found = named.or_else(|| BROWSERS.map(OsString::from).into_iter().find(is_there));
        let Some(program) = found else {
            return Ok(Err(format!(
                "this machine has no {}",
                BROWSERS.join(", no ")
            )));
        };
        if !is_there(&"node".into()) || !is_there(&"npm".into()) {
            return Ok(Err("this machine has no Node with npm".to_owned()));
        }
        let folder = target_dir().join("page");
        let browser = Self { program, folder };
        if let Err(error) = browser.install() {
            return Ok(Err(format!(
                "{} cannot be had: {error:#}",
                PACKAGES.join(" and ")
            )));
        }
        Ok(Ok(browser))
    }

    /// Returns a command that runs the first of these scripts, which are pairs of name and content.
    pub(crate) fn command(&self, scripts: &[(&str, &str)]) -> Result<Command> {
        let mut command = Command::new("node");
        for (index, (name, content)) in scripts.iter().enumerate() {
            // Node looks for packages relative to the script.
            let path = self.folder.join(name);
            fs::write(&path, content)
                .with_context(|| format!("cannot write {}", path.display()))?;
            if index == 0 {
                command.arg(path);
            }
        }
        command.env("BROWSER", full_path(&self.program));
        Ok(command)
    }

    fn install(&self) -> Result<()> {
        let complete = self.folder.join(COMPLETE);
        let wanted = PACKAGES.join("\n");
        if fs::read_to_string(&complete).is_ok_and(|installed| installed == wanted) {
            return Ok(());
        }
        fs::create_dir_all(&self.folder)?;
        fs::write(self.folder.join("package.json"), "{\"private\": true}")?;
        let mut npm = Command::new("npm");
        npm.args(["install", "--silent", "--no-audit", "--no-fund"]);
        Run::capture(npm.args(PACKAGES).current_dir(&self.folder), LIMIT)?.success()?;
        fs::write(complete, wanted)?;
        Ok(())
    }
}

/// Returns the full path of a program, which the driver requires.
fn full_path(program: &OsString) -> OsString {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut found = env::split_paths(&path).map(|folder| folder.join(program));
    found
        .find(|path| path.is_file())
        .map_or_else(|| program.clone(), PathBuf::into_os_string)
}

fn is_there(program: &OsString) -> bool {
    let mut command = Command::new(program);
    let run = Run::capture(command.arg("--version"), Duration::from_secs(60));
    run.is_ok_and(|run| run.code == Some(0))
}
