//! The page of a resource.

use tfplugin::schema::Shape;

use crate::attributes::{anchor, members, reference};
use crate::examples::ResourceExample;
use crate::page::{Page, agreeing, listed};
use crate::{Error, import, readback};
use azuresre::kind::{Envelope, Kind, Plane, walk};

/// Returns the page. Fails if the kind is in no group.
pub(crate) fn page(kind: &Kind, example: &ResourceExample) -> Result<String, Error> {
    let name = kind.type_name();
    let schema = kind.resource_schema();
    let mut page = Page::new(
        &name,
        &format!("{name} (Resource)"),
        &format!("{name} Resource - azuresre"),
        &schema.description,
    )?;
    page.paragraph(&schema.description)
        .heading("Example Usage")
        .code("terraform", &example.configuration)
        .heading("Notes")
        .paragraph(planes(kind));
    if is_refused_by_tenants(kind) {
        page.paragraph(REFUSED_BY_TENANTS);
    }
    let elsewhere = on_data_plane_by_default(kind);
    if !elsewhere.is_empty() {
        page.paragraph(&format!(
            "For {}, `plane` defaults to `data_plane`, regardless of the `plane` of the provider.",
            listed(&elsewhere)
        ));
    }
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

/// Returns the planes of objects of the kind.
pub(crate) fn planes(kind: &Kind) -> &'static str {
    let places: Vec<_> = kind.places.iter().map(|place| place.plane).collect();
    match places.as_slice() {
        [Plane::Arm] => "Objects of this kind are on ARM.",
        [Plane::DataPlane] => {
            "Objects of this kind are on the data plane of the agent. They do not exist on ARM."
        }
        _ => {
            "Objects of this kind are on ARM or on the data plane of the agent. See `plane` and \
             [Planes](../index.md#planes)."
        }
    }
}

/// The note on the pages of such kinds.
pub(crate) const REFUSED_BY_TENANTS: &str = "Many tenants do not accept objects of this kind on \
                                             ARM. In such a tenant, use the data plane. See \
                                             [Planes and \
                                             tenants](../guides/planes-and-tenants.md).";

/// Returns whether ARM refuses objects of the kind in some tenants. They refuse the extensions of
/// agents, which are the only objects encoded in base64.
pub(crate) fn is_refused_by_tenants(kind: &Kind) -> bool {
    kind.is_dual()
        && kind
            .place(Plane::Arm)
            .is_some_and(|place| place.envelope == Envelope::Base64)
}

/// Returns the choices that use the data plane by default.
pub(crate) fn on_data_plane_by_default(kind: &Kind) -> Vec<&'static str> {
    let variants = walk::choices(&kind.nodes).flat_map(|choice| &choice.variants);
    let data_plane = Some(Plane::DataPlane.as_str());
    let chosen = variants.filter(|variant| variant.default_of("plane") == data_plane);
    chosen.map(|variant| variant.name).collect()
}

fn timeouts(page: &mut Page, attributes: &tfplugin::Attributes) {
    let Some(Shape::Nested(_, inner)) = attributes.get(TIMEOUTS).map(tfplugin::Attribute::shape)
    else {
        return;
    };
    page.paragraph(&format!("<a id=\"{}\"></a>", anchor(TIMEOUTS)))
        .heading("Timeouts")
        .paragraph(&format!(
            "The `{TIMEOUTS}` argument is an object, such as `{TIMEOUTS} = {{ create = \"1h\" }}`, \
             with the following attributes."
        ))
        .paragraph(&members(inner));
}

fn not_read_back(page: &mut Page, kind: &Kind) {
    let paragraphs: Vec<_> = [
        never_read(kind),
        partly_read(kind),
        not_kept(kind),
        read_elsewhere(kind),
        own(kind),
    ]
    .into_iter()
    .flatten()
    .collect();
    if paragraphs.is_empty() {
        return;
    }
    page.heading("What is not read back");
    for paragraph in paragraphs {
        page.paragraph(&paragraph);
    }
}

/// Describes what the service does not return.
fn never_read(kind: &Kind) -> Option<String> {
    let masked = kind.places.iter().filter_map(|place| {
        let paths = readback::masked(kind, place);
        let on = match kind.is_dual() {
            true => format!("On {}: ", place.plane),
            false => String::new(),
        };
        (!paths.is_empty()).then(|| format!("- {on}{}.", listed(&paths)))
    });
    let mut list: Vec<_> = masked.collect();
    let content = readback::own(kind, false);
    if !content.is_empty() {
        list.push(format!("- {}.", listed(&content)));
    }
    let secrets = readback::secrets(kind);
    if !secrets.is_empty() {
        list.push(format!(
            "- {} {}, whether stored or write-only.",
            agreeing(&secrets, "The secret", "The secrets"),
            listed(&secrets)
        ));
    }
    let said = "The provider cannot read the following arguments from the service. Terraform keeps \
                your configured values in state. It does not detect changes that somebody else \
                makes, and an import leaves these arguments empty.";
    (!list.is_empty()).then(|| format!("{said}\n\n{}", list.join("\n")))
}

/// Describes free-form objects, some members of which may be secret.
fn partly_read(kind: &Kind) -> Option<String> {
    let paths = readback::partial(kind);
    (!paths.is_empty()).then(|| {
        format!(
            "For {}, the provider reads back only the properties that you configure, because \
             others may be secret. It does not detect properties that somebody else adds, and an \
             import leaves {} empty.",
            listed(&paths),
            agreeing(&paths, "it", "them")
        )
    })
}

/// Describes what builds of the service may lose.
fn not_kept(kind: &Kind) -> Option<String> {
    let paths = readback::droppable(kind);
    let them = agreeing(&paths, "it", "them");
    let their = agreeing(&paths, "its default", "their defaults");
    (!paths.is_empty()).then(|| {
        format!(
            "Some builds of the service accept {} but do not store {them}. With such a build, \
             Terraform keeps your configured values in state, the provider shows a warning during \
             apply, and an import leaves {them} empty or at {their}.",
            listed(&paths)
        )
    })
}

/// Describes what is in a second document.
fn read_elsewhere(kind: &Kind) -> Option<String> {
    let companion = kind.companion.as_ref().filter(|_| kind.is_dual())?;
    Some(format!(
        "On ARM, the provider reads `{}` only if you configure it. Otherwise, it does not detect \
         changes that somebody else makes, and an import leaves it empty.",
        companion.attribute
    ))
}

/// Describes what the service does not know.
fn own(kind: &Kind) -> Option<String> {
    let paths = readback::own(kind, true);
    (!paths.is_empty()).then(|| {
        format!(
            "{} {} the provider, and the service does not store {}. An import sets {}.",
            listed(&paths),
            agreeing(&paths, "controls", "control"),
            agreeing(&paths, "it", "them"),
            agreeing(&paths, "it to its default", "them to their defaults"),
        )
    })
}
