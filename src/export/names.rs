//! Labels of resources and names of files for objects with any names.

use std::collections::HashSet;

/// The maximum length of a label, and of a file name without its number.
const LONGEST: usize = 60;

/// The names that Windows treats as devices, whatever their extension.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];

/// The names that were assigned, which are unique regardless of case.
#[derive(Debug, Default)]
pub(super) struct Names(HashSet<String>);

impl Names {
    /// Returns the wanted name, or else the same name with the first free number, before the
    /// extension if there is one.
    pub(super) fn take(&mut self, wanted: &str) -> String {
        let (stem, ending) = split(wanted);
        let numbered = (2..).map(|n| match ending {
            "" => format!("{stem}_{n}"),
            ending => format!("{stem}_{n}.{ending}"),
        });
        let mut candidates = std::iter::once(wanted.to_owned()).chain(numbered);
        let free = candidates.find(|name| self.0.insert(name.to_lowercase()));
        free.unwrap_or_default()
    }
}

/// Returns a label for a name: lower-case ASCII letters, digits and underscores, beginning with a
/// letter.
pub(super) fn label(name: &str, otherwise: &str) -> String {
    let label = squeezed(name, |c| c.is_ascii_alphanumeric());
    let label: String = label.chars().take(LONGEST).collect();
    let label = label.trim_end_matches('_').to_ascii_lowercase();
    match label.chars().next() {
        None => otherwise.to_owned(),
        Some(first) if first.is_ascii_digit() => format!("{otherwise}_{label}"),
        // The label is also the name of a folder.
        Some(_) if is_device(&label) => format!("{otherwise}_{label}"),
        Some(_) => label,
    }
}

/// Returns a file name for a name or path that is safe on all systems.
pub(super) fn file_name(name: &str, otherwise: &str) -> String {
    let name = squeezed(name, |c| c.is_ascii_alphanumeric() || c == '-' || c == '.');
    let (stem, ending) = split(name.trim_matches(['.', '_']));
    let stem = squeezed(stem, |c| c.is_ascii_alphanumeric() || c == '-');
    let stem: String = stem.chars().take(LONGEST).collect();
    let stem = match stem.trim_matches('_') {
        "" => otherwise.to_owned(),
        device if is_device(device) => format!("{device}_"),
        stem => stem.to_owned(),
    };
    match ending {
        "" => stem,
        ending => format!("{stem}.{ending}"),
    }
}

/// Splits a name into its stem and its extension, if that is alphanumeric.
pub(super) fn split(name: &str) -> (&str, &str) {
    match name.rsplit_once('.') {
        Some((stem, ending)) if is_plain(ending) => (stem, ending),
        _ => (name, ""),
    }
}

fn is_plain(ending: &str) -> bool {
    (1..=8).contains(&ending.len()) && ending.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Replaces each run of characters that do not fit with an underscore.
fn squeezed(name: &str, fits: impl Fn(char) -> bool) -> String {
    let parts = name.split(|c| !fits(c)).filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("_")
}

fn is_device(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let numbered = name
        .strip_prefix("com")
        .or_else(|| name.strip_prefix("lpt"));
    DEVICES.contains(&name.as_str())
        || numbered
            .is_some_and(|number| number.len() == 1 && number.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("triage-latency", "triage_latency")]
    #[case("Triage Latency!", "triage_latency")]
    #[case("../../etc/passwd", "etc_passwd")]
    #[case("1st", "skill_1st")]
    #[case("", "skill")]
    #[case("日本語", "skill")]
    #[case("naïve", "na_ve")]
    #[case("${x}\"\n", "x")]
    #[case("NUL", "skill_nul")]
    #[case("com1", "skill_com1")]
    fn labels_are_identifiers(#[case] name: &str, #[case] wanted: &str) {
        assert_eq!(label(name, "skill"), wanted);
    }

    #[rstest]
    #[case("scripts/run.sh", "scripts_run.sh")]
    #[case("README.md", "README.md")]
    #[case("../../.bashrc", "bashrc")]
    #[case("C:\\evil.txt", "C_evil.txt")]
    #[case("con.md", "con_.md")]
    #[case(".terraform", "terraform")]
    #[case("..", "file")]
    #[case("日本語.md", "md")]
    #[case("a.tar.gz", "a_tar.gz")]
    #[case("files_../../evil.sh", "files_evil.sh")]
    fn file_names_stay_in_their_folder(#[case] name: &str, #[case] wanted: &str) {
        assert_eq!(file_name(name, "file"), wanted);
    }

    #[test]
    fn names_are_unique_regardless_of_case() {
        let mut names = Names::default();
        let taken = ["a", "A", "a_2", "x.md", "X.MD"].map(|name| names.take(name));
        assert_eq!(taken, ["a", "A_2", "a_2_2", "x.md", "X_2.MD"]);
    }

    proptest! {
        #[test]
        fn any_name_is_safe(name in "(?s).{0,80}") {
            let label = label(&name, "kind");
            prop_assert!(label.starts_with(|c: char| c.is_ascii_lowercase()));
            prop_assert!(label.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'_'));
            prop_assert!(!is_device(&label) && label.len() <= LONGEST + 5);
            let file = file_name(&name, "file");
            prop_assert!(file.bytes().all(|c| c.is_ascii_alphanumeric() || b"-_.".contains(&c)));
            prop_assert!(!file.starts_with('.') && !file.ends_with('.') && !is_device(split(&file).0));
            prop_assert!((1..=LONGEST + 10).contains(&file.len()));
        }
    }
}
