//! The errors that users have seen in this run.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Mutex, PoisonError};

use tfplugin::{Diagnostics, Severity};

/// The errors that were reported, by cause and advice, each with the title of its first report.
#[derive(Debug, Default)]
pub struct Told(Mutex<HashMap<String, String>>);

/// The prefixes of paragraphs that are specific to an object or request.
const PARTICULAR: [&str; 4] = ["Object: ", "Agent: ", "Correlation ID: ", "Request ID: "];

impl Told {
    /// Shortens errors whose cause and advice were already reported, so that many objects that fail
    /// for the same reason do not repeat it.
    pub fn shorten(&self, diagnostics: &mut Diagnostics) {
        for diagnostic in diagnostics.iter_mut() {
            if diagnostic.severity != Severity::Error {
                continue;
            }
            let paragraphs: Vec<&str> = diagnostic.detail.split("\n\n").collect();
            let general = paragraphs
                .iter()
                .filter(|paragraph| !is_particular(paragraph));
            let general: Vec<&str> = general.copied().collect();
            // Without advice, there is nothing to shorten.
            if general.len() < 2 {
                continue;
            }
            let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let first = match told.entry(general.join("\n\n")) {
                Entry::Vacant(free) => {
                    free.insert(diagnostic.summary.clone());
                    continue;
                }
                Entry::Occupied(first) => first.get().clone(),
            };
            if first == diagnostic.summary {
                continue;
            }
            let particular = paragraphs.iter().skip(1);
            let particular = particular.filter(|paragraph| is_particular(paragraph));
            let kept: Vec<&str> = paragraphs
                .iter()
                .take(1)
                .chain(particular)
                .copied()
                .collect();
            diagnostic.detail = format!(
                "{}\n\nFor the remedy, see the error {first:?}.",
                kept.join("\n\n")
            );
        }
    }
}

/// Returns whether a paragraph is specific to an object or request.
fn is_particular(paragraph: &str) -> bool {
    let names_request = |method: &&str| paragraph.starts_with(&format!("{method} http"));
    PARTICULAR.iter().any(|begin| paragraph.starts_with(begin))
        || ["GET", "PUT", "POST", "PATCH", "DELETE"]
            .iter()
            .any(names_request)
}

#[cfg(test)]
mod tests {
    use tfplugin::Diagnostic;

    use super::*;

    fn failure(name: &str, remedy: &str) -> Diagnostics {
        let detail = format!(
            "The identity does not have permission to do this.\n\nGET https://a/{name} returned \
             403\nRequest ID: {name}\n\nObject: /skills/{name}\n\n{remedy}"
        );
        Diagnostic::error(format!("Cannot read the skill {name:?}"), detail).into()
    }

    fn told(told: &Told, name: &str, remedy: &str) -> String {
        let mut diagnostics = failure(name, remedy);
        told.shorten(&mut diagnostics);
        diagnostics.iter().map(|one| one.detail.clone()).collect()
    }

    #[test]
    fn cause_is_explained_once() {
        let all = Told::default();
        assert!(told(&all, "a", "Assign a role.").contains("Assign a role."));
        let second = told(&all, "b", "Assign a role.");
        assert_eq!(
            second,
            "The identity does not have permission to do this.\n\nGET https://a/b returned \
             403\nRequest ID: b\n\nObject: /skills/b\n\nFor the remedy, see the error \"Cannot \
             read the skill \\\"a\\\"\"."
        );
        assert!(told(&all, "c", "Assign another role.").contains("another role"));
        // The same object can fail again in another step of the run, and is explained again.
        assert!(told(&all, "a", "Assign a role.").contains("Assign a role."));
    }
}
