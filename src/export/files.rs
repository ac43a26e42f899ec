//! Writes of files to a folder, and never outside of it.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use tokio_util::sync::CancellationToken;

/// The reason why files were not written. New files are removed again, but replaced files are not
/// restored.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    /// Files already exist.
    #[error("these files already exist: {}. Choose another directory, or set `--force` to \
             overwrite them", shown(.0))]
    Exist(Vec<PathBuf>),
    /// A path leads outside of the folder.
    #[error("{} is not a regular directory. Move it to another place", .0.display())]
    Elsewhere(PathBuf),
    /// The operating system reports an error.
    #[error("{} cannot be written: {}", .0.display(), .1)]
    Io(PathBuf, #[source] io::Error),
    /// The user interrupted the export.
    #[error("interrupted")]
    Interrupted,
}

/// Writes files to a folder, which is created if necessary. The paths are separated by slashes.
/// Existing files are replaced only if `replace` is set.
///
/// # Errors
/// Returns an error if any file cannot be written.
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
            true => replace_file(&path, content).map_err(failed(&path))?,
            false => written.create(&path, content).map_err(failed(&path))?,
        }
    }
    written.keep();
    Ok(())
}

/// Returns the other configuration files in a folder, for example from an earlier export.
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

/// The new files and folders, which are removed unless everything succeeds.
#[derive(Default)]
struct Written {
    files: Vec<PathBuf>,
    folders: Vec<PathBuf>,
}

impl Written {
    /// Creates the folders between a folder and a file in it. Links are refused, because they lead
    /// elsewhere.
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

/// Replaces a file atomically, by writing a temporary file next to it. A link is replaced itself,
/// instead of its target.
fn replace_file(path: &Path, content: &[u8]) -> io::Result<()> {
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
    fn existing_files_are_kept_unless_replaced_on_request() {
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
    fn interrupt_leaves_no_files() {
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
    fn links_are_not_followed() {
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
    fn failure_removes_earlier_files() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("skills"), "a file").unwrap();
        let files = files(&["a.tf", "skills/b.md"]);
        let failed = write(folder.path(), &files, false, &CancellationToken::new());
        assert!(failed.is_err());
        assert!(!folder.path().join("a.tf").exists());
    }
}
