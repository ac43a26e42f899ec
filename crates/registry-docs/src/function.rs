//! The page of a function.

use tfplugin::{Signature, Type};

use crate::attributes::plain_type;
use crate::page::Page;
use azuresre::functions::Texts;

/// From which versions hosts call functions of providers.
pub(crate) const SINCE: &str = "Terraform 1.8 or OpenTofu 1.7";

/// The page.
pub(crate) fn page(texts: &Texts, signature: &Signature, example: &str) -> String {
    let name = texts.name;
    let mut page = Page::new(
        &format!("function: {name}"),
        &format!("{name} function - azuresre"),
        &format!("{}.", texts.summary),
    );
    page.paragraph(texts.about)
        .paragraph(&format!(
            "Needs {SINCE}, or later. The function works without a provider block and sends nothing, so \
             that expressions with it are known in the plan as far as its arguments are."
        ))
        .paragraph(mocked(signature))
        .heading("Example Usage")
        .code("terraform", example)
        .heading("Signature")
        .code("text", &written(name, signature))
        .heading("Arguments")
        .paragraph(&arguments(signature));
    page.finish()
}

/// What is to be known of a function that takes an id, in tests.
fn mocked(signature: &Signature) -> &'static str {
    let mut names = signature.parameters.iter().map(|one| one.name.as_str());
    match names.any(|name| ["id", "agent_id"].contains(&name)) {
        true => {
            "Functions are never mocked. In tests with a mocked provider give the objects whose ids go into this \
             one an id of the right form, such as with `override_resource`."
        }
        false => "Functions are never mocked: in tests this one gives what it gives otherwise.",
    }
}

fn written(name: &str, signature: &Signature) -> String {
    let parameters = signature.parameters.iter();
    let parameters: Vec<String> = parameters
        .map(|parameter| format!("{} {}", parameter.name, in_language(&parameter.ty)))
        .collect();
    format!(
        "{name}({}) {}",
        parameters.join(", "),
        in_language(&signature.returns)
    )
}

fn arguments(signature: &Signature) -> String {
    let parameters = signature.parameters.iter().zip(1..);
    let lines = parameters.map(|(parameter, number)| {
        format!(
            "{number}. `{}` ({}) {}\n",
            parameter.name,
            plain_type(&parameter.ty),
            parameter.description
        )
    });
    lines.collect()
}

/// A type as configurations spell it.
fn in_language(ty: &Type) -> String {
    match ty {
        Type::Bool => "bool".to_owned(),
        Type::Number => "number".to_owned(),
        Type::String => "string".to_owned(),
        Type::Dynamic => "any".to_owned(),
        Type::List(element) => format!("list({})", in_language(element)),
        Type::Set(element) => format!("set({})", in_language(element)),
        Type::Map(element) => format!("map({})", in_language(element)),
        Type::Object { attributes, .. } => {
            let members = attributes.iter();
            let members = members.map(|(name, ty)| format!("  {name} = {}\n", in_language(ty)));
            format!("object({{\n{}}})", members.collect::<String>())
        }
        Type::Tuple(elements) => {
            let elements: Vec<String> = elements.iter().map(in_language).collect();
            format!("tuple([{}])", elements.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_spelled_as_in_configurations() {
        let object = Type::object([("a", Type::String), ("b", Type::list(Type::Number))]);
        assert_eq!(
            in_language(&Type::map(object)),
            "map(object({\n  a = string\n  b = list(number)\n}))"
        );
    }
}
