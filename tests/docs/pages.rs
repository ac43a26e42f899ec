use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use azuresre::SreProvider;
use azuresre::provider::arguments::ARGUMENTS;
use registry_docs::Pages;
use tfplugin::schema::Shape;
use tfplugin::{Attribute, Attributes, Provider as _, Schema};

use crate::support::{files, markdown};

#[test]
fn pages_match_the_declarations() {
    let pages = Pages::new(&test_support::workspace_dir()).unwrap();
    let differences = pages.differences().unwrap();
    assert!(
        differences.is_empty(),
        "`cargo xtask docs` has to be run for {differences:?}"
    );
}

#[test]
fn every_type_has_a_page_and_an_example() {
    let provider = provider();
    let resources = provider.resources().into_iter();
    let data_sources = provider.data_sources().into_iter();
    let functions = provider.functions().into_iter();
    let ephemeral = provider.ephemeral_resources().into_iter();
    let lists = provider.list_resources().into_iter();
    let actions = provider.actions().into_iter();
    let groups: [(&str, &str, BTreeSet<String>); 6] = [
        (
            "resources",
            "resource.tf",
            resources
                .map(|resource| resource.name().to_owned())
                .collect(),
        ),
        (
            "data-sources",
            "data-source.tf",
            data_sources
                .map(|source| source.name().to_owned())
                .collect(),
        ),
        (
            "functions",
            "function.tf",
            functions
                .map(|function| function.name().to_owned())
                .collect(),
        ),
        (
            "ephemeral-resources",
            "ephemeral-resource.tf",
            ephemeral
                .map(|resource| resource.name().to_owned())
                .collect(),
        ),
        (
            "list-resources",
            "list-resource.tfquery.hcl",
            lists.map(|list| list.name().to_owned()).collect(),
        ),
        (
            "actions",
            "action.tf",
            actions.map(|action| action.name().to_owned()).collect(),
        ),
    ];
    let root = test_support::workspace_dir();
    for (group, shown, types) in groups {
        let pages = files(&root.join("docs").join(group)).unwrap();
        let pages: BTreeSet<_> = pages
            .iter()
            .filter_map(|page| {
                let name = page.file_stem()?.to_str()?;
                Some(match group {
                    "functions" => name.to_owned(),
                    _ => format!("azuresre_{name}"),
                })
            })
            .collect();
        assert_eq!(pages, types, "the pages in docs/{group}");
        let folders = files(&root.join("examples").join(group)).unwrap();
        let examples: BTreeSet<_> = folders
            .iter()
            .filter(|folder| folder.join(shown).is_file() && folder.join("terraform.tf").is_file())
            .filter_map(|folder| Some(folder.file_name()?.to_str()?.to_owned()))
            .collect();
        assert_eq!(examples, types, "the examples in examples/{group}");
    }
}

#[test]
fn every_kind_has_an_adoption_example() {
    let file = test_support::workspace_dir().join("examples/adopt/adopt.tfquery.hcl");
    let query = std::fs::read_to_string(file).unwrap();
    for list in provider().list_resources() {
        let block = format!("list \"{}\" ", list.name());
        assert!(query.contains(&block), "{} is left out", list.name());
    }
}

#[test]
fn guides_are_linked_from_the_first_page() {
    let pages = markdown().unwrap();
    let index = Path::new("docs/index.md");
    let (_, text) = pages.iter().find(|(path, _)| path == index).unwrap();
    let linked: BTreeSet<_> = targets(text)
        .iter()
        .map(|target| resolved(index, target))
        .collect();
    for (guide, _) in &pages {
        let is_guide = guide.starts_with("docs/guides");
        assert!(!is_guide || linked.contains(guide), "{}", guide.display());
    }
}

#[test]
fn every_attribute_is_described_in_sentences() {
    each_attribute(|path, attribute| {
        let about = attribute.description();
        assert!(
            about.ends_with('.') && !about.ends_with("..") && about == about.trim(),
            "{path}: {about:?}"
        );
        let begins = about.chars().next();
        assert!(
            begins.is_some_and(|c| c.is_uppercase() || c == '`'),
            "{path}: {about:?}"
        );
        let marks = about.matches('`').count();
        assert_eq!(marks % 2, 0, "{path}: a mark of code is not closed");
    });
}

#[test]
fn attributes_that_replace_say_so_once() {
    each_attribute(|path, attribute| {
        let about = attribute.documentation();
        let said = about.matches("Changing this forces a new resource").count();
        assert_eq!(
            said,
            usize::from(attribute.is_replacing()),
            "{path}: {about:?}"
        );
    });
}

#[test]
fn environment_variables_on_pages_exist() {
    let known: BTreeSet<_> = ARGUMENTS
        .iter()
        .flat_map(|argument| argument.variables)
        .copied()
        .collect();
    let mut seen = BTreeSet::new();
    for (path, text) in markdown().unwrap() {
        let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
        for word in words.filter(|word| word.starts_with("ARM_") || word.starts_with("AZURESRE_")) {
            assert!(known.contains(word), "{}: {word}", path.display());
            seen.insert(word.to_owned());
        }
    }
    assert!(!seen.is_empty());
}

#[test]
fn links_of_pages_have_targets() {
    let pages = markdown().unwrap();
    let mut links = 0;
    for (path, text) in &pages {
        for target in targets(text) {
            if target.contains("://") {
                continue;
            }
            links += 1;
            let (file, anchor) = target.split_once('#').unwrap_or((target.as_str(), ""));
            let file = match file {
                "" => path.clone(),
                file => resolved(path, file),
            };
            let found = pages.iter().find(|(path, _)| *path == file);
            let there = match found {
                Some((_, text)) => anchor.is_empty() || anchors(text).contains(anchor),
                None => is_picture(&file),
            };
            assert!(there, "{} links to {target}", path.display());
        }
    }
    assert!(links > 0);
}

/// Returns whether a page may show this file.
fn is_picture(file: &Path) -> bool {
    let picture = file.extension().is_some_and(|extension| extension == "png");
    picture && test_support::workspace_dir().join(file).is_file()
}

fn provider() -> SreProvider {
    SreProvider::with_environment("0.0.0", |_| None)
}

fn each_attribute(check: impl Fn(&str, &Attribute)) {
    let provider = provider();
    let mut schemas = vec![("provider".to_owned(), provider.schema())];
    for resource in provider.resources() {
        schemas.push((resource.name().to_owned(), resource.schema()));
    }
    for source in provider.data_sources() {
        schemas.push((format!("data {}", source.name()), source.schema()));
    }
    for resource in provider.ephemeral_resources() {
        schemas.push((format!("ephemeral {}", resource.name()), resource.schema()));
    }
    for action in provider.actions() {
        schemas.push((format!("action {}", action.name()), action.schema()));
    }
    for list in provider.list_resources() {
        schemas.push((format!("list {}", list.name()), list.schema()));
    }
    for (name, Schema { attributes, .. }) in schemas {
        walk(&name, &attributes, &check);
    }
}

fn walk(owner: &str, attributes: &Attributes, check: &impl Fn(&str, &Attribute)) {
    for (name, attribute) in attributes {
        let path = format!("{owner}.{name}");
        check(&path, attribute);
        if let Shape::Nested(_, inner) = attribute.shape() {
            walk(&path, inner, check);
        }
    }
}

/// Returns the targets of the links of a page. Text that is marked as code contains no links.
fn targets(markdown: &str) -> Vec<String> {
    let text: String = markdown.split('`').step_by(2).collect();
    let rests = text.split("](").skip(1);
    rests
        .filter_map(|rest| Some(rest.split_once(')')?.0.to_owned()))
        .collect()
}

/// Returns the anchors of a page: explicit ones, and those of headings.
fn anchors(markdown: &str) -> BTreeSet<String> {
    let given = markdown.split("<a id=\"").skip(1);
    let given = given.filter_map(|rest| Some(rest.split_once('"')?.0.to_owned()));
    let headings = markdown.lines().filter_map(|line| {
        let heading = line.strip_prefix('#')?.trim_start_matches('#').trim();
        let kept = heading.to_lowercase();
        let kept = kept
            .chars()
            .filter(|c| c.is_alphanumeric() || " -_".contains(*c));
        Some(kept.collect::<String>().replace(' ', "-"))
    });
    given.chain(headings).collect()
}

/// Resolves a relative link from one file to another.
fn resolved(from: &Path, link: &str) -> PathBuf {
    let mut path = from.parent().unwrap_or(from).to_owned();
    for part in Path::new(link).components() {
        match part {
            Component::ParentDir => {
                path.pop();
            }
            part => path.push(part),
        }
    }
    path
}
