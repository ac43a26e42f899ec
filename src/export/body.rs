//! The block of a resource: its arguments, with references, files and variables where they are
//! better than literal values.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tfplugin::Value;

use super::hcl::{Block, Expr, Line, key};
use super::names::split;
use super::scene::Shared;
use crate::kind::{Field, Kind, Node, Presence, Shape};

/// The maximum length of a single-line string in the configuration. Longer ones become files.
const LINE: usize = 200;

/// An object to export.
#[derive(Clone, Copy, Debug)]
pub(super) struct Subject<'a> {
    pub(super) kind: &'a Kind,
    /// The number of the object among the references.
    pub(super) number: usize,
    /// The number of its agent, if the agent is exported.
    pub(super) agent: Option<usize>,
    /// The label of the block.
    pub(super) label: &'a str,
    /// The folder for files.
    pub(super) folder: &'a str,
    /// The JSON pointers of members that reads do not return.
    pub(super) masked: &'static [&'static str],
    /// Whether secrets become arguments that Terraform stores, for hosts without write-only
    /// arguments.
    pub(super) stored_secrets: bool,
}

/// An exported object, and what is missing in it.
#[derive(Clone, Debug)]
pub(super) struct Written {
    pub(super) block: Block,
    /// The arguments that reads do not return.
    pub(super) unread: Vec<String>,
    /// The arguments with secrets, and the variables that replace the values.
    pub(super) secrets: Vec<(String, String)>,
}

/// Writes the block of an object with a configuration.
pub(super) fn write(subject: Subject<'_>, config: &Value, shared: &mut Shared) -> Written {
    let mut writer = Writer {
        subject,
        shared,
        unread: Vec::new(),
        secrets: Vec::new(),
    };
    let keys = writer.keys(config);
    let mut rest = writer.nodes(&subject.kind.nodes, config, &[]);
    if let Some(upload) = subject.kind.upload() {
        writer.unread.push(upload.content.to_owned());
    }
    let more = config.get("additional_properties");
    if !more.is_null() {
        rest.push(Line::set("additional_properties", Expr::of(more)));
    }
    let Writer {
        unread, secrets, ..
    } = writer;
    let type_name = subject.kind.type_name();
    let mut lines = Vec::new();
    if !unread.is_empty() {
        lines.push(Line::Comment(format!(
            "The service does not return {}. Set it before you change or replace the object.",
            unread.join(", ")
        )));
    }
    lines.extend(spaced(keys, rest));
    Written {
        block: Block::new("resource", &[&type_name, subject.label], lines),
        unread,
        secrets,
    }
}

/// Groups lines: first the key, and then each multi-line value separately.
fn spaced(keys: Vec<Line>, rest: Vec<Line>) -> Vec<Line> {
    let mut lines = keys;
    let mut apart = true;
    for line in rest {
        let is_long = line.is_long();
        if (apart || is_long) && !lines.is_empty() {
            lines.push(Line::Blank);
        }
        apart = is_long;
        lines.push(line);
    }
    lines
}

/// The state while an object is written.
pub(super) struct Writer<'a, 'b> {
    pub(super) subject: Subject<'a>,
    pub(super) shared: &'b mut Shared,
    pub(super) unread: Vec<String>,
    pub(super) secrets: Vec<(String, String)>,
}

impl Writer<'_, '_> {
    /// Returns the arguments that identify the object.
    fn keys(&mut self, config: &Value) -> Vec<Line> {
        let Subject { kind, number, .. } = self.subject;
        let own = kind.key().attributes().iter().copied();
        // The service assigns this one.
        let names = own.filter(|name| *name != "object_id").chain(["plane"]);
        let mut lines = Vec::new();
        for name in names {
            let value = config.get(name);
            let Some(text) = value.as_str() else { continue };
            let references = &mut self.shared.references;
            let reference = match (name, &kind.store, self.subject.agent) {
                ("agent_id", _, Some(agent)) => references.to(number, agent, "id"),
                ("name", store, _) => store
                    .owner()
                    .and_then(|owner| references.name_of(number, owner, text)),
                _ => None,
            };
            let value = reference.map_or_else(|| Expr::of(value), Expr::Code);
            lines.push(Line::set(name, value));
        }
        lines
    }

    fn nodes(&mut self, nodes: &[Node], config: &Value, path: &[String]) -> Vec<Line> {
        let mut lines = Vec::new();
        for node in nodes {
            match node {
                Node::Field(field) => self.field(field, config, path, &mut lines),
                Node::OneOf(one_of) => {
                    for variant in &one_of.variants {
                        let chosen = config.get(variant.name);
                        if chosen.is_known() {
                            let path = with(path, variant.name);
                            let inner = self.nodes(&variant.nodes, chosen, &path);
                            lines.push(Line::set(variant.name, Expr::Object(inner)));
                        }
                    }
                }
            }
        }
        lines
    }

    fn field(&mut self, field: &Field, config: &Value, path: &[String], lines: &mut Vec<Line>) {
        let value = config.get(field.name);
        let path = with(path, field.name);
        match &field.presence {
            Presence::Computed { .. } => return,
            Presence::Secret => return self.secret(field, config, &path, lines),
            _ if !value.is_known() => {
                if self.is_unread(field) {
                    self.unread.push(path.join("."));
                }
                return;
            }
            // The value is the default, because reads do not return the actual one.
            Presence::Default(_) if self.is_masked(field) => return,
            // The service leaves this value empty if the argument is omitted.
            Presence::ServerChosen if is_empty(value) => return,
            _ => {}
        }
        let value = match field.sensitive {
            true => self.sensitive(field, &path),
            false => self.value(field, value, &path),
        };
        lines.push(Line::set(field.name, value));
    }

    /// Returns whether a field has no value only because reads do not return it.
    fn is_unread(&self, field: &Field) -> bool {
        field.unread || matches!(field.shape, Shape::PartialJson) || self.is_masked(field)
    }

    /// Returns whether reads from the place of the object omit a field.
    fn is_masked(&self, field: &Field) -> bool {
        let Some(at) = field.read_pointer() else {
            return false;
        };
        let is_within = |masked: &&str| {
            let below = at.strip_prefix(*masked);
            below.is_some_and(|below| below.is_empty() || below.starts_with('/'))
        };
        self.subject.masked.iter().any(is_within)
    }

    fn value(&mut self, field: &Field, value: &Value, path: &[String]) -> Expr {
        match &field.shape {
            Shape::Object(nodes) => Expr::Object(self.nodes(nodes, value, path)),
            Shape::Objects(nodes) => {
                let items = value.elements().unwrap_or_default().into_iter();
                let items = items.enumerate().map(|(n, item)| {
                    let key = field.element_key.first().map(|key| item.get(key));
                    let name = match key.and_then(Value::as_str) {
                        Some(name) => name.to_owned(),
                        None => (n + 1).to_string(),
                    };
                    Expr::Object(self.nodes(nodes, item, &with(path, &name)))
                });
                Expr::List(items.collect())
            }
            Shape::StringMap { .. } => {
                let members = value.as_map().into_iter().flatten();
                let members = members.map(|(name, value)| {
                    Line::Set(key(name), self.text(field, value, &with(path, name)))
                });
                Expr::Object(members.collect())
            }
            Shape::StringList | Shape::StringSet | Shape::ObjectKeys => {
                let items = value.elements().unwrap_or_default().into_iter();
                Expr::List(items.map(|item| self.text(field, item, path)).collect())
            }
            Shape::String => self.text(field, value, path),
            Shape::Bool | Shape::Number | Shape::Json | Shape::PartialJson => Expr::of(value),
        }
    }

    /// Returns the expression for a string: a reference to the object that it names, a file, or a
    /// literal.
    fn text(&mut self, field: &Field, value: &Value, path: &[String]) -> Expr {
        let Some(text) = value.as_str() else {
            return Expr::of(value);
        };
        let number = self.subject.number;
        let references = &mut self.shared.references;
        let named = field
            .names
            .and_then(|kind| references.name_of(number, kind, text));
        if let Some(reference) = named {
            return Expr::Code(reference);
        }
        let is_long = text.len() > LINE || text.trim_end().contains('\n');
        let is_encoded = field.name.ends_with("_base64");
        if !is_long || !(field.prose || is_encoded) {
            return Expr::of(value);
        }
        let folder = self.subject.folder;
        // If decoding and encoding would change the text, it is still equivalent for the provider.
        match STANDARD.decode(text).ok().filter(|_| is_encoded) {
            Some(bytes) => self
                .shared
                .file(folder, &file(path, "bin"), bytes, "filebase64"),
            None => {
                let name = file(path, ending(field, text));
                self.shared
                    .file(folder, &name, text.as_bytes().to_vec(), "file")
            }
        }
    }
}

fn is_empty(value: &Value) -> bool {
    value.as_str() == Some("") || value.elements().is_some_and(|all| all.is_empty())
}

fn with(path: &[String], name: &str) -> Vec<String> {
    path.iter().cloned().chain([name.to_owned()]).collect()
}

/// Returns a file name for a path. The path ends at the first part that already is a file name.
fn file(path: &[String], ending: &str) -> String {
    let named = path.iter().position(|part| !split(part).1.is_empty());
    match named {
        Some(last) => path
            .iter()
            .take(last + 1)
            .cloned()
            .collect::<Vec<_>>()
            .join("_"),
        None => format!("{}.{ending}", path.join("_").replace('.', "_")),
    }
}

/// Returns the file extension for a text without a file name.
fn ending(field: &Field, text: &str) -> &'static str {
    let first = text.lines().next().unwrap_or_default();
    let runs = first.strip_prefix("#!").unwrap_or_default();
    match (field.name, field.code) {
        _ if runs.contains("python") => "py",
        _ if !runs.is_empty() => "sh",
        ("code", true) => "py",
        ("command" | "script", true) => "sh",
        ("query", _) => "kql",
        (_, true) => "txt",
        _ => "md",
    }
}

#[cfg(test)]
pub(super) mod tests {
    use tfplugin::Value;

    use super::super::hcl;
    use super::*;
    use crate::resources;

    /// Returns an exported object, with its text and the shared parts.
    pub(in super::super) fn written(
        kind: &str,
        config: &Value,
        is_masked: bool,
        stored_secrets: bool,
    ) -> (String, Written, Shared) {
        let kinds = resources::kinds();
        let kind = kinds.iter().find(|one| one.name == kind).unwrap();
        let mut shared = Shared::default();
        let agent = shared
            .references
            .add("azuresre_agent.shop".to_owned(), None);
        let subject = Subject {
            kind,
            number: shared.references.add("azuresre_x.one".to_owned(), None),
            agent: Some(agent),
            label: "one",
            folder: "kind/one",
            masked: if is_masked {
                kind.places[0].masked
            } else {
                &[]
            },
            stored_secrets,
        };
        let written = write(subject, config, &mut shared);
        (
            hcl::file(std::slice::from_ref(&written.block)),
            written,
            shared,
        )
    }

    /// Returns an object with these members.
    pub(in super::super) fn object<const N: usize>(members: [(&str, Value); N]) -> Value {
        Value::map(members)
    }

    #[test]
    fn long_texts_are_files_of_their_kind() {
        let script = "#!/usr/bin/env python3\nprint()\n";
        let file = |path: &str| object([("path", path.into()), ("content", script.into())]);
        let config = object([
            ("name", "x".into()),
            ("content", "one\ntwo".into()),
            ("description", "short".into()),
            (
                "additional_files",
                Value::list([file("a/b.sh"), file("noend")]),
            ),
        ]);
        let (text, _, shared) = written("skill", &config, false, false);
        let files: Vec<&str> = shared.files.keys().map(String::as_str).collect();
        let wanted = [
            "kind/one/additional_files_a_b.sh",
            "kind/one/additional_files_noend_content.py",
            "kind/one/content.md",
        ];
        assert_eq!(files, wanted);
        assert!(
            text.contains("file(\"${path.module}/kind/one/content.md\")"),
            "{text}"
        );
        assert!(text.contains("description = \"short\""), "{text}");
    }
}
