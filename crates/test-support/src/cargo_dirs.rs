use std::env;
use std::path::{Path, PathBuf};

/// Returns the root of this workspace.
pub fn workspace_dir() -> PathBuf {
    let crate_dir = Path::new(env!("CARGO_MANIFEST_DIR"));
    crate_dir.ancestors().nth(2).unwrap_or(crate_dir).to_owned()
}

/// Returns the directory that cargo builds into: `CARGO_TARGET_DIR`, or the one that contains the
/// running executable, or `target` in the workspace.
pub fn target_dir() -> PathBuf {
    if let Some(dir) = env::var_os("CARGO_TARGET_DIR").filter(|dir| !dir.is_empty()) {
        return workspace_dir().join(dir);
    }
    // Covers `build.target-dir` in a cargo configuration file.
    let tagged = env::current_exe().ok().and_then(|exe| {
        exe.ancestors()
            .find(|dir| dir.join("CACHEDIR.TAG").is_file())
            .map(Path::to_owned)
    });
    tagged.unwrap_or_else(|| workspace_dir().join("target"))
}

/// Returns the cargo profile of the running executable. All but `dev` have the name of their
/// directory.
pub(crate) fn running_profile() -> String {
    let dir = running_profile_dir();
    if dir == "debug" { "dev".into() } else { dir }
}

/// Returns the directory in [`target_dir`] that contains the running executable, such as `debug`.
pub(crate) fn running_profile_dir() -> String {
    env::current_exe()
        .ok()
        .and_then(|exe| profile_dir_of(&exe))
        .unwrap_or_else(|| "debug".to_owned())
}

/// `…/target/debug/deps/it-0123` → `debug`
fn profile_dir_of(exe: &Path) -> Option<String> {
    let mut dir = exe.parent()?;
    if dir.ends_with("deps") || dir.ends_with("examples") {
        dir = dir.parent()?;
    }
    Some(dir.file_name()?.to_str()?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workspace_dir_contains_the_workspace_manifest() {
        let manifest = std::fs::read_to_string(workspace_dir().join("Cargo.toml")).unwrap();
        assert!(manifest.contains("[workspace]"));
    }

    #[test]
    fn target_dir_contains_the_running_test() {
        let exe = env::current_exe().unwrap();
        assert!(exe.starts_with(target_dir()), "{}", exe.display());
    }

    #[test]
    fn profile_is_read_from_the_path_of_the_executable() {
        let dir = |path| profile_dir_of(Path::new(path));
        assert_eq!(dir("/t/debug/deps/it-1").as_deref(), Some("debug"));
        assert_eq!(dir("/t/debug/xtask").as_deref(), Some("debug"));
        assert_eq!(dir("/t/release/xtask").as_deref(), Some("release"));
        assert_eq!(dir("/t/ci/examples/x").as_deref(), Some("ci"));
    }
}
