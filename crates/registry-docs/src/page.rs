//! Builds the text of a page.

use std::fmt::Write as _;

use crate::{Error, category};

/// A page that is being built.
pub(crate) struct Page {
    text: String,
}

impl Page {
    /// Creates a page with the registry's front matter and a heading, in the group of `name`.
    ///
    /// # Errors
    /// Fails if the name is in no group.
    pub(crate) fn new(
        name: &str,
        title: &str,
        page_title: &str,
        description: &str,
    ) -> Result<Self, Error> {
        let category = format!("subcategory: \"{}\"\n", category::of(name)?);
        Ok(Self::with_matter(title, page_title, &category, description))
    }

    /// Creates the page of the provider. It has no group, because the registry's tools reject one
    /// on this page.
    pub(crate) fn index(title: &str, description: &str) -> Self {
        Self::with_matter(title, title, "", description)
    }

    fn with_matter(title: &str, page_title: &str, category: &str, description: &str) -> Self {
        let text = format!(
            "---\npage_title: \"{page_title}\"\n{category}description: |-\n  {}\n---\n\n\
             <!-- Made by `cargo xtask docs` from the declarations in src/ and from examples/. -->\n\n\
             # {title}\n",
            plain(description)
        );
        Self { text }
    }

    /// Adds a heading.
    pub(crate) fn heading(&mut self, heading: &str) -> &mut Self {
        self.paragraph(&format!("## {heading}"))
    }

    /// Adds a paragraph, or any other block.
    pub(crate) fn paragraph(&mut self, text: &str) -> &mut Self {
        // Writing to a String does not fail.
        let _ = write!(self.text, "\n{}\n", text.trim_end());
        self
    }

    /// Adds a block of code.
    pub(crate) fn code(&mut self, language: &str, code: &str) -> &mut Self {
        self.paragraph(&fenced(language, code))
    }

    /// Returns the whole text.
    pub(crate) fn finish(self) -> String {
        self.text
    }
}

/// Returns a block of code.
pub(crate) fn fenced(language: &str, code: &str) -> String {
    format!("```{language}\n{}\n```", code.trim_end())
}

/// Returns the file name of the page of a type.
pub(crate) fn file(type_name: &str) -> String {
    format!("{}.md", type_name.trim_start_matches("azuresre_"))
}

/// Returns names as code, separated by commas, with `and` before the last.
pub(crate) fn listed<S: AsRef<str>>(names: &[S]) -> String {
    joined(names, "and")
}

/// Returns names as code, separated by commas, with `or` before the last.
pub(crate) fn listed_or<S: AsRef<str>>(names: &[S]) -> String {
    joined(names, "or")
}

/// Returns the form of a verb, or of another word, that agrees with a list of names.
pub(crate) fn agreeing<'a, S>(names: &[S], one: &'a str, several: &'a str) -> &'a str {
    match names.len() {
        1 => one,
        _ => several,
    }
}

fn joined<S: AsRef<str>>(names: &[S], word: &str) -> String {
    let quoted: Vec<_> = names
        .iter()
        .map(|name| format!("`{}`", name.as_ref()))
        .collect();
    match quoted.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [all @ .., last] => format!("{} {word} {last}", all.join(", ")),
    }
}

/// Returns Markdown without code marks, for places that show it verbatim.
fn plain(markdown: &str) -> String {
    markdown.replace('`', "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_begins_with_the_front_matter() {
        let page = Page::new(
            "azuresre_skill",
            "a (Resource)",
            "a Resource - b",
            "An `a`.",
        );
        let mut page = page.unwrap();
        page.heading("Example").code("text", "x\n");
        let text = page.finish();
        let matter = "---\npage_title: \"a Resource - b\"\nsubcategory: \"Skills and Tools\"\n";
        let matter = format!("{matter}description: |-\n  An a.\n---\n");
        assert!(text.starts_with(&matter), "{text}");
        assert!(
            text.ends_with("# a (Resource)\n\n## Example\n\n```text\nx\n```\n"),
            "{text}"
        );
    }

    #[test]
    fn page_of_the_provider_is_in_no_category() {
        let text = Page::index("b Provider", "What.").finish();
        assert!(
            text.starts_with("---\npage_title: \"b Provider\"\ndescription: |-\n  What.\n---\n")
        );
    }

    #[test]
    fn names_are_listed_as_in_a_sentence() {
        assert_eq!(listed::<&str>(&[]), "");
        assert_eq!(listed(&["a"]), "`a`");
        assert_eq!(listed(&["a", "b", "c"]), "`a`, `b` and `c`");
        assert_eq!(listed_or(&["a", "b"]), "`a` or `b`");
    }
}
