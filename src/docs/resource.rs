//! The page of a resource.

use tfplugin::schema::Shape;

use super::attributes::{anchor, members, reference};
use super::examples::ResourceExample;
use super::page::{Page, listed};
use super::{Error, import, readback};
use crate::kind::{Kind, Plane};

/// The page.
pub(super) fn page(kind: &Kind, example: &ResourceExample) -> Result<String, Error> {
    let name = kind.type_name();
    let schema = kind.resource_schema();
    let mut page = Page::new(
        &format!("{name} (Resource)"),
        &format!("{name} Resource - azuresre"),
        &schema.description,
    );
    page.paragraph(&schema.description)
        .heading("Example Usage")
        .code("terraform", &example.configuration)
        .heading("Notes")
        .paragraph(&planes(kind));
    for note in &kind.notes {
        page.paragraph(note);
    }
    page.heading("Schema")
        .paragraph(&reference(&schema.attributes, &[TIMEOUTS]));
    timeouts(&mut page, &schema.attributes);
    not_read_back(&mut page, kind);
    import::section(&mut page, kind, &example.import)?;
    Ok(page.finish())
}

const TIMEOUTS: &str = "timeouts";

/// On which planes objects of the kind are.
pub(super) fn planes(kind: &Kind) -> String {
    let title = kind.title;
    let places: Vec<_> = kind.places.iter().map(|place| place.plane).collect();
    match places.as_slice() {
        [Plane::Arm] => format!("The {title} is kept on ARM."),
        [Plane::DataPlane] => format!(
            "The {title} is kept on the data plane of the agent, which has no counterpart on ARM."
        ),
        _ => format!(
            "The {title} is kept on ARM or on the data plane of the agent: see `plane`, and \
             [Planes](../index.md#planes)."
        ),
    }
}

fn timeouts(page: &mut Page, attributes: &tfplugin::Attributes) {
    let Some(Shape::Nested(_, inner)) = attributes.get(TIMEOUTS).map(tfplugin::Attribute::shape)
    else {
        return;
    };
    page.paragraph(&format!("<a id=\"{}\"></a>", anchor(TIMEOUTS)))
        .heading("Timeouts")
        .paragraph(&format!(
            "`{TIMEOUTS}` is an object, such as `{TIMEOUTS} = {{ create = \"1h\" }}`, of:"
        ))
        .paragraph(&members(inner));
}

fn not_read_back(page: &mut Page, kind: &Kind) {
    let masked: Vec<_> = kind
        .places
        .iter()
        .map(|place| (place.plane, readback::masked(kind, place)))
        .filter(|(_, paths)| !paths.is_empty())
        .collect();
    let secrets = readback::secrets(kind);
    if masked.is_empty() && secrets.is_empty() {
        return;
    }
    page.heading("What is not read back").paragraph(
        "For these arguments the state holds what was configured, not what the service has. Somebody \
         else's change of them is not seen, and an import leaves them empty.",
    );
    let mut list: Vec<String> = masked
        .iter()
        .map(|(plane, paths)| format!("- On {plane}: {}.", listed(paths)))
        .collect();
    if !secrets.is_empty() {
        list.push(format!(
            "- Anywhere: the secrets {}, whether stored or write-only.",
            listed(&secrets)
        ));
    }
    page.paragraph(&list.join("\n"));
}
