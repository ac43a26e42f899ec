//! What users were told in this run.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Mutex, PoisonError};

use tfplugin::{Diagnostics, Severity};

/// The failures that were told, by cause and advice, each with the title under which that was.
#[derive(Debug, Default)]
pub struct Told(Mutex<HashMap<String, String>>);

/// What of a message is about one object or one request, by its beginning.
const PARTICULAR: [&str; 4] = ["Object: ", "Agent: ", "Correlation ID: ", "Request ID: "];

impl Told {
    /// Shortens the failures whose cause and advice were told before: twenty objects that fail for one reason are one
    /// story.
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
            // Without advice there is nothing to leave out.
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

/// Whether a paragraph is about one object or one request.
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
    fn one_cause_is_explained_once() {
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
        // The same object again may be another step of the run.
        assert!(told(&all, "a", "Assign a role.").contains("Assign a role."));
    }
}
