//! What other programs depend on does not change: the names, numbers and types in
//! `testdata/wire.txt`.
//!
//! The list was taken from the protocol as hosts ship it (minor version 6.11), not from the files
//! in `proto/`, so that a mistake there is detected.

use std::collections::BTreeSet;

use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{
    DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, ServiceDescriptorProto,
};

#[test]
fn names_numbers_and_types_equal_those_of_the_hosts() {
    let proto = concat!(env!("CARGO_MANIFEST_DIR"), "/../../proto");
    let set = protox::compile(["tfplugin6.proto", "plugin.proto"], [proto]).unwrap();
    let mut lines = BTreeSet::new();
    for file in &set.file {
        let package = file.package();
        if package.starts_with("google.") {
            continue;
        }
        let mut listing = Listing {
            package,
            lines: &mut lines,
        };
        file.message_type
            .iter()
            .for_each(|message| listing.message("", message));
        file.enum_type
            .iter()
            .for_each(|item| listing.enumeration("", item));
        file.service
            .iter()
            .for_each(|service| listing.service(service));
    }

    let expected: BTreeSet<String> = include_str!("testdata/wire.txt")
        .lines()
        .map(str::to_owned)
        .collect();
    let missing: Vec<_> = expected.difference(&lines).collect();
    let surplus: Vec<_> = lines.difference(&expected).collect();
    assert!(
        missing.is_empty() && surplus.is_empty(),
        "missing: {missing:#?}\nsurplus: {surplus:#?}"
    );
}

struct Listing<'a> {
    package: &'a str,
    lines: &'a mut BTreeSet<String>,
}

impl Listing<'_> {
    fn message(&mut self, prefix: &str, message: &DescriptorProto) {
        let name = format!("{prefix}{}", message.name());
        let inner = format!("{name}.");
        if message.field.is_empty()
            && message.nested_type.is_empty()
            && message.enum_type.is_empty()
        {
            self.line(format!("{name} {{}}"));
        }
        for field in &message.field {
            let kind = self.field_type(message, field);
            self.line(format!(
                "{inner}{} = {} : {kind}",
                field.name(),
                field.number()
            ));
        }
        for nested in &message.nested_type {
            if !is_map_entry(nested) {
                self.message(&inner, nested);
            }
        }
        message
            .enum_type
            .iter()
            .for_each(|item| self.enumeration(&inner, item));
    }

    fn enumeration(&mut self, prefix: &str, item: &EnumDescriptorProto) {
        for value in &item.value {
            self.line(format!(
                "{prefix}{}.{} = {}",
                item.name(),
                value.name(),
                value.number()
            ));
        }
    }

    fn service(&mut self, service: &ServiceDescriptorProto) {
        for method in &service.method {
            let side = |name: &str, stream: bool| {
                format!(
                    "{}{}",
                    if stream { "stream " } else { "" },
                    self.short(name)
                )
            };
            let request = side(method.input_type(), method.client_streaming());
            let response = side(method.output_type(), method.server_streaming());
            self.line(format!(
                "{}/{} ({request}) -> {response}",
                service.name(),
                method.name()
            ));
        }
    }

    fn field_type(&self, message: &DescriptorProto, field: &FieldDescriptorProto) -> String {
        let type_name = self.short(field.type_name());
        let entry = message.nested_type.iter().find(|nested| {
            is_map_entry(nested) && field.type_name().ends_with(&format!(".{}", nested.name()))
        });
        if let Some(entry) = entry {
            let [key, value] = [0, 1].map(|index| self.field_type(entry, &entry.field[index]));
            return format!("map<{key}, {value}>");
        }
        let kind = match field.r#type() {
            Type::Message => type_name,
            Type::Enum => format!("enum {type_name}"),
            scalar => scalar
                .as_str_name()
                .trim_start_matches("TYPE_")
                .to_lowercase(),
        };
        if field.label() == Label::Repeated {
            format!("repeated {kind}")
        } else if field.proto3_optional() {
            format!("optional {kind}")
        } else if let Some(index) = field.oneof_index {
            let oneof = &message.oneof_decl[index as usize];
            format!("oneof {}: {kind}", oneof.name())
        } else {
            kind
        }
    }

    fn short(&self, type_name: &str) -> String {
        let name = type_name.trim_start_matches('.');
        name.strip_prefix(&format!("{}.", self.package))
            .unwrap_or(name)
            .to_owned()
    }

    fn line(&mut self, line: String) {
        self.lines.insert(format!("{}.{line}", self.package));
    }
}

fn is_map_entry(message: &DescriptorProto) -> bool {
    message
        .options
        .as_ref()
        .is_some_and(|options| options.map_entry())
}
