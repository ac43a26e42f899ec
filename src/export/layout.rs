//! The files of an export and their contents.

use std::collections::BTreeMap;

use tfplugin::Value;

use super::Options;
use super::body::{self, Subject, Written};
use super::collect::{Collected, Item, stem};
use super::hcl::{self, Block, Expr, Line, key};
use super::names::{Names, label};
use super::report::Report;
use super::scene::{Shared, Variable};
use crate::kind::{Key, Plane};
use crate::provider::arguments::ARGUMENTS;

/// The address of the provider in the registries.
const SOURCE: &str = "azuresre/azuresre";

/// The files of an export by path, and the data for the report.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) files: BTreeMap<String, Vec<u8>>,
    pub(super) report: Report,
}

/// Lays out the collected objects. `plane` is the default plane of the provider block.
pub(super) fn lay_out(
    collected: Collected,
    options: &Options,
    plane: Option<Plane>,
    version: &str,
) -> Layout {
    let Collected { items, missing } = collected;
    let mut shared = Shared::default();
    let labels = labels(&items);
    for (item, label) in items.iter().zip(&labels) {
        let address = format!("{}.{label}", item.kind.type_name());
        let name = item.state.get("name").as_str();
        let name = name.filter(|_| item.kind.key() == Key::Name);
        let name = name.map(|name| (item.kind.name, name));
        shared.references.add(address, name);
    }
    let agent = items.iter().position(|item| item.kind.key() == Key::Agent);
    let mut blocks: BTreeMap<String, Vec<Block>> = BTreeMap::new();
    let mut imports = Vec::new();
    let mut report = Report {
        missing,
        ..Report::default()
    };
    for (number, (item, label)) in items.iter().zip(&labels).enumerate() {
        let stem = stem(&item.kind);
        let plane = item.state.get("plane").as_str();
        let place = match plane.and_then(|plane| plane.parse().ok()) {
            Some(plane) => item.kind.place(plane),
            None => item.kind.places.first(),
        };
        let subject = Subject {
            kind: &item.kind,
            number,
            agent: agent.filter(|agent| *agent != number),
            label,
            folder: &format!("{stem}/{label}"),
            masked: place.map_or(&[], |place| place.masked),
            stored_secrets: options.stored_secrets,
        };
        let Written {
            block,
            unread,
            secrets,
        } = body::write(subject, &item.config, &mut shared);
        let address = shared.references.address(number).to_owned();
        let id = item.state.get("id").as_str().unwrap_or_default();
        imports.push(import(&address, id));
        blocks.entry(format!("{stem}.tf")).or_default().push(block);
        let secrets = secrets.into_iter();
        report
            .secrets
            .extend(secrets.map(|(argument, variable)| (address.clone(), argument, variable)));
        if !unread.is_empty() && !subject.masked.is_empty() && item.kind.is_dual() {
            report.masked.insert(stem.clone());
        }
        if !unread.is_empty() {
            report.unread.push((address.clone(), unread));
        }
        report.objects.push((address, id.to_owned()));
    }
    let numbers = blocks
        .iter()
        .map(|(file, blocks)| (file.clone(), blocks.len()));
    report.kinds = numbers.collect();
    let takes_ephemeral = shared.variables.iter().any(|one| one.is_ephemeral);
    blocks.insert("imports.tf".to_owned(), imports);
    blocks.insert(
        "terraform.tf".to_owned(),
        vec![
            terraform(version, takes_ephemeral),
            provider(&options.provider, plane),
        ],
    );
    if !shared.variables.is_empty() {
        let variables = shared.variables.iter().map(Variable::block);
        blocks.insert("variables.tf".to_owned(), variables.collect());
    }
    let mut files = shared.files;
    let written = blocks.into_iter();
    files.extend(written.map(|(file, blocks)| (file, hcl::file(&blocks).into_bytes())));
    report.files = files.keys().cloned().collect();
    Layout { files, report }
}

/// Returns a label for each object that is unique within its kind.
fn labels(items: &[Item]) -> Vec<String> {
    let mut names: BTreeMap<&str, Names> = BTreeMap::new();
    let labels = items.iter().map(|item| {
        let name = match item.kind.key() {
            Key::Singleton => "this",
            _ => item.state.get("name").as_str().unwrap_or_default(),
        };
        let names = names.entry(item.kind.name).or_default();
        names.take(&label(name, item.kind.name))
    });
    labels.collect()
}

fn import(address: &str, id: &str) -> Block {
    let lines = vec![
        Line::set("to", Expr::Code(address.to_owned())),
        Line::set("id", Expr::Text(id.to_owned())),
    ];
    Block::new("import", &[], lines)
}

fn terraform(version: &str, takes_ephemeral: bool) -> Block {
    // `>= 1.5` is for import blocks, and `>= 1.11` for write-only arguments and ephemeral
    // variables.
    let host = if takes_ephemeral { ">= 1.11" } else { ">= 1.5" };
    let mut parts = version.split('.');
    let release = [parts.next(), parts.next()].map(|part| part.unwrap_or("0"));
    let text = |text: String| Expr::Text(text);
    let wanted = Expr::Object(vec![
        Line::set("source", text(SOURCE.to_owned())),
        Line::set("version", text(format!("~> {}", release.join(".")))),
    ]);
    // Nested blocks are written like arguments.
    let lines = vec![
        Line::set("required_version", text(host.to_owned())),
        Line::Blank,
        Line::Block(Block::new(
            "required_providers",
            &[],
            vec![Line::set("azuresre", wanted)],
        )),
    ];
    Block::new("terraform", &[], lines)
}

/// Returns the provider block with the options. Environment variables are expected to be set for
/// hosts, too.
fn provider(given: &Value, plane: Option<Plane>) -> Block {
    let mut given = given.clone();
    if let Some(plane) = plane.filter(|plane| *plane != Plane::Arm) {
        given.set("plane", plane.as_str().into());
    }
    let names = ARGUMENTS.iter().map(|argument| argument.name);
    let known = names.filter(|name| !given.get(name).is_null());
    let lines = known.map(|name| Line::Set(key(name), Expr::of(given.get(name))));
    Block::new("provider", &["azuresre"], lines.collect())
}
