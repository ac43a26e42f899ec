//! Compares an executable with the files that it was built from, as cargo lists them next to it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Returns whether an executable is newer than all its sources, and than all the other files.
///
/// Cargo writes the sources to a file of the same name that ends with `.d`. `false` if there is
/// none.
pub(crate) fn is_current(executable: &Path, others: &[PathBuf]) -> bool {
    let Ok(rule) = fs::read_to_string(executable.with_extension("d")) else {
        return false;
    };
    let Some(built) = modified(executable) else {
        return false;
    };
    let sources = sources(&rule);
    let is_older = |file: &PathBuf| modified(file).is_some_and(|modified| modified < built);
    !sources.is_empty() && sources.iter().chain(others).all(is_older)
}

fn modified(file: &Path) -> Option<SystemTime> {
    fs::metadata(file).and_then(|data| data.modified()).ok()
}

/// Returns the files after the colon of a rule for make, in which a space of a name follows a
/// backslash.
fn sources(rule: &str) -> Vec<PathBuf> {
    let line = rule.lines().next().unwrap_or_default();
    let (_, files) = line.split_once(": ").unwrap_or_default();
    let mut paths = Vec::new();
    let mut path = String::new();
    for part in files.split(' ') {
        path.push_str(part);
        if path.ends_with('\\') {
            path.pop();
            path.push(' ');
        } else if !path.is_empty() {
            paths.push(PathBuf::from(std::mem::take(&mut path)));
        }
    }
    paths
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::time::Duration;

    use super::*;

    #[test]
    fn names_may_contain_spaces() {
        let rule = "/t/debug/emulator: /w/a.rs /w/my\\ folder\\ x/b.rs C:\\w\\c.rs\n\n/w/a.rs:\n";
        let expected = ["/w/a.rs", "/w/my folder x/b.rs", "C:\\w\\c.rs"];
        assert_eq!(sources(rule), expected.map(PathBuf::from));
        assert!(sources("").is_empty());
    }

    #[test]
    fn newer_and_missing_files_make_an_executable_outdated() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let now = SystemTime::now();
        let write = |name: &str, seconds_ago: u64| {
            let file = File::create(path(name)).unwrap();
            file.set_modified(now - Duration::from_secs(seconds_ago))
                .unwrap();
        };
        write("emulator.exe", 10);
        write("main.rs", 20);
        write("Cargo.lock", 20);
        let current = || is_current(&path("emulator.exe"), &[path("Cargo.lock")]);
        assert!(!current(), "there is no list of sources");
        File::create(path("emulator.d")).unwrap();
        assert!(!current(), "the list is empty");
        let source = path("main.rs").display().to_string().replace(' ', "\\ ");
        fs::write(path("emulator.d"), format!("emulator.exe: {source}\n")).unwrap();
        assert!(current());
        write("Cargo.lock", 5);
        assert!(!current());
        write("Cargo.lock", 20);
        write("main.rs", 5);
        assert!(!current());
        fs::remove_file(path("main.rs")).unwrap();
        assert!(!current());
    }
}
