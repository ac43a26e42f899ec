//! Files in a folder, and nothing outside of it.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use tokio_util::sync::CancellationToken;

/// Why files were not written. Those that had been are away again, unless they took the place of others.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    /// There are others.
    #[error("these files already exist: {}. Choose another directory, or set `--force` to \
             overwrite them", shown(.0))]
    Exist(Vec<PathBuf>),
    /// What leads elsewhere.
    #[error("{} is not a regular directory. Move it to another place", .0.display())]
    Elsewhere(PathBuf),
    /// The system refuses.
    #[error("{} cannot be written: {}", .0.display(), .1)]
    Io(PathBuf, #[source] io::Error),
    /// The user did not want to wait.
    #[error("interrupted")]
    Interrupted,
}

/// Writes files by their paths with slashes into a folder, which is made; over others only if that is wanted.
///
/// # Errors
/// When one of them cannot be.
pub(super) fn write(
    folder: &Path,
    files: &BTreeMap<String, Vec<u8>>,
    replace: bool,
    cancel: &CancellationToken,
) -> Result<(), FilesError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |error| FilesError::Io(path, error)
    };
    fs::create_dir_all(folder).map_err(failed(folder))?;
    let exists = |path: &PathBuf| path.symlink_metadata().is_ok();
    let paths = files.keys().map(|path| folder.join(path));
    let there: Vec<PathBuf> = paths.filter(exists).collect();
    if !replace && !there.is_empty() {
        return Err(FilesError::Exist(there));
    }
    let mut written = Written::default();
    for (path, content) in files {
        if cancel.is_cancelled() {
            return Err(FilesError::Interrupted);
        }
        let path = folder.join(path);
        written.folders_of(folder, &path)?;
        match replace {
            true => take_place(&path, content).map_err(failed(&path))?,
            false => written.create(&path, content).map_err(failed(&path))?,
        }
    }
    written.keep();
    Ok(())
}

/// The files of configuration in a folder that are not among these: of an earlier export, perhaps.
pub(super) fn others(folder: &Path, files: &BTreeMap<String, Vec<u8>>) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let is_other = |name: &String| {
        let is_configuration = [".tf", ".tf.json", ".tofu"]
            .iter()
            .any(|end| name.ends_with(end));
        is_configuration && !files.contains_key(name)
    };
    let mut others: Vec<String> = names.filter(is_other).collect();
    others.sort();
    others
}

/// What was written, and goes unless all is.
#[derive(Default)]
struct Written {
    files: Vec<PathBuf>,
    folders: Vec<PathBuf>,
}

impl Written {
    /// Makes the folders between one and a file in it. Links lead elsewhere.
    fn folders_of(&mut self, folder: &Path, path: &Path) -> Result<(), FilesError> {
        let between = path.ancestors().skip(1).take_while(|one| *one != folder);
        let between: Vec<&Path> = between.collect();
        for one in between.into_iter().rev() {
            match fs::create_dir(one) {
                Ok(()) => self.folders.push(one.to_owned()),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    let is_folder = one.symlink_metadata().is_ok_and(|found| found.is_dir());
                    if !is_folder {
                        return Err(FilesError::Elsewhere(one.to_owned()));
                    }
                }
                Err(error) => return Err(FilesError::Io(one.to_owned(), error)),
            }
        }
        Ok(())
    }

    fn create(&mut self, path: &Path, content: &[u8]) -> io::Result<()> {
        let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
        self.files.push(path.to_owned());
        file.write_all(content)
    }

    fn keep(mut self) {
        self.files.clear();
        self.folders.clear();
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        for file in &self.files {
            let _ = fs::remove_file(file);
        }
        for folder in self.folders.iter().rev() {
            let _ = fs::remove_dir(folder);
        }
    }
}

/// Writes a file beside another one and puts it in its place, whole or not at all. A link is replaced, and not what it
/// leads to.
fn take_place(path: &Path, content: &[u8]) -> io::Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let beside = path.with_file_name(format!(".{name}.{}", std::process::id()));
    let write = |mut file: File| file.write_all(content);
    let created = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&beside);
    let done = created
        .and_then(write)
        .and_then(|()| fs::rename(&beside, path));
    if done.is_err() {
        let _ = fs::remove_file(&beside);
    }
    done
}

fn shown(paths: &[PathBuf]) -> String {
    const MOST: usize = 5;
    let first = paths.iter().take(MOST);
    let mut shown: Vec<String> = first.map(|path| path.display().to_string()).collect();
    if paths.len() > MOST {
        shown.push(format!("{} more", paths.len() - MOST));
    }
    shown.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(paths: &[&str]) -> BTreeMap<String, Vec<u8>> {
        let files = paths.iter();
        files
            .map(|path| ((*path).to_owned(), b"new".to_vec()))
            .collect()
    }

    fn read(path: PathBuf) -> String {
        fs::read_to_string(path).unwrap()
    }

    #[test]
    fn files_that_are_there_are_left_alone_unless_asked() {
        let folder = tempfile::tempdir().unwrap();
        let cancel = CancellationToken::new();
        fs::write(folder.path().join("b.tf"), "old").unwrap();
        let files = files(&["a.tf", "b.tf", "c/d/e.md"]);
        let refused = write(folder.path(), &files, false, &cancel).unwrap_err();
        assert!(refused.to_string().contains("b.tf"), "{refused}");
        assert!(!folder.path().join("a.tf").exists());
        assert_eq!(read(folder.path().join("b.tf")), "old");
        write(folder.path(), &files, true, &cancel).unwrap();
        assert_eq!(read(folder.path().join("b.tf")), "new");
        assert_eq!(read(folder.path().join("c/d/e.md")), "new");
        assert_eq!(others(folder.path(), &self::files(&["a.tf"])), ["b.tf"]);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
    }

    #[test]
    fn an_interrupt_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("new");
        let cancel = CancellationToken::new();
        cancel.cancel();
        let interrupted = write(&folder, &files(&["a/b.md"]), false, &cancel);
        assert!(matches!(interrupted, Err(FilesError::Interrupted)));
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
    }

    #[cfg(unix)]
    #[test]
    fn links_lead_nowhere() {
        let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let cancel = CancellationToken::new();
        let link = |name: &str, to: &Path| {
            std::os::unix::fs::symlink(to, folder.path().join(name)).unwrap();
        };
        link("skills", other.path());
        let theirs = other.path().join("theirs");
        fs::write(&theirs, "old").unwrap();
        link("a.tf", &theirs);
        for replace in [false, true] {
            let files = files(&["skills/a.md"]);
            let refused = write(folder.path(), &files, replace, &cancel);
            assert!(
                matches!(refused, Err(FilesError::Elsewhere(_))),
                "{refused:?}"
            );
        }
        write(folder.path(), &files(&["a.tf"]), true, &cancel).unwrap();
        assert_eq!(read(theirs), "old");
        assert_eq!(fs::read_dir(other.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_was_written_before_a_failure_goes() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("skills"), "a file").unwrap();
        let files = files(&["a.tf", "skills/b.md"]);
        let failed = write(folder.path(), &files, false, &CancellationToken::new());
        assert!(failed.is_err());
        assert!(!folder.path().join("a.tf").exists());
    }
}
