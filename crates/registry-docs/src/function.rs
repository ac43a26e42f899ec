//! The page of a function.

use tfplugin::{Signature, Type};

use crate::Error;
use crate::attributes::plain_type;
use crate::page::Page;
use azuresre::functions::Texts;

/// The hosts that support functions of providers.
pub(crate) const SINCE: &str = "Terraform 1.8 or OpenTofu 1.7";

/// Returns the page. Fails if the function is in no group.
pub(crate) fn page(texts: &Texts, signature: &Signature, example: &str) -> Result<String, Error> {
    let name = texts.name;
    let mut page = Page::new(
        name,
        &format!("function: {name}"),
        &format!("{name} function - azuresre"),
        &format!("{}.", texts.summary),
    )?;
    page.paragraph(texts.about)
        .paragraph(&format!(
            "Requires {SINCE}, or later. The function needs no provider block and sends no \
             requests. Its result is known during plan if its arguments are known."
        ))
        .paragraph(mocked(signature))
        .heading("Example Usage")
        .code("terraform", example)
        .heading("Signature")
        .code("text", &written(name, signature))
        .heading("Arguments")
        .paragraph(&arguments(signature));
    Ok(page.finish())
}

/// Describes functions in tests with mocked providers.
fn mocked(signature: &Signature) -> &'static str {
    let mut names = signature.parameters.iter().map(|one| one.name.as_str());
    match names.any(|name| ["id", "agent_id"].contains(&name)) {
        true => {
            "Terraform never mocks functions. In tests with a mocked provider, give valid IDs to \
             the objects whose IDs you pass to this function, for example with \
             `override_resource`."
        }
        false => {
            "Terraform never mocks functions. In tests, this function returns its real result."
        }
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

/// Returns a type as configurations spell it.
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
