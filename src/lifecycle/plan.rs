//! Plan-time knowledge beyond the schema. Plans make no requests.

use tfplugin::plan::Defaults;
use tfplugin::{Diagnostic, Diagnostics, Path, PlanRequest, Severity, Value};

use super::{power, required, upload, versions};
use crate::document::changes;
use crate::kind::{Bind, Key, Kind, Node, OneOf, Shape, walk};
use crate::session::SessionHandle;

/// Returns the defaults that the provider block and the chosen variants provide.
pub(super) fn defaults(
    kind: &Kind,
    session: &SessionHandle,
    config: &Value,
    prior: &Value,
) -> Defaults {
    let (plane, subscription) = session.preferences();
    let mut defaults = Defaults::new();
    let mut default = |name: &str, value: Option<Value>| {
        if let Some(value) = value.filter(|_| config.get(name).is_null()) {
            defaults.insert(name.to_owned(), value);
        }
    };
    if kind.is_dual() {
        let plane = plane.map(|plane| Value::from(kind.default_plane(config, plane).as_str()));
        default("plane", plane);
    }
    for variant in kind.chosen(config) {
        for (name, value) in variant.defaults.iter().filter(|(name, _)| *name != "plane") {
            default(name, Some(Value::from(*value)));
        }
    }
    // An existing agent stays in its subscription if the one of the provider changes.
    if kind.key() == Key::Agent && prior.is_null() {
        default("subscription_id", subscription.map(Value::from));
    }
    defaults
}

/// Fills in known values, and requests a replacement if a choice changes that cannot be updated.
pub(super) fn refine(
    kind: &Kind,
    session: &SessionHandle,
    request: &mut PlanRequest,
    diagnostics: &mut Diagnostics,
) {
    if request.planned.is_null() {
        power::plan(kind, session, request);
        return;
    }
    upload::plan(kind, request, diagnostics);
    required::check(kind, request, diagnostics);
    if let Ok(session) = session.get() {
        let version = &session.client.config().api_version;
        versions::check(kind, version, &request.config, diagnostics);
    }
    for check in &kind.plan_checks {
        check(&request.config, &request.prior, diagnostics);
    }
    diagnostics.extend(without_subscription(kind, session, request));
    diagnostics.extend(without_credentials(session, request));
    if request.prior.is_null() {
        return;
    }
    if only_local_changes(kind, &request.prior, &request.planned) {
        // Nothing will be sent, so computed values do not change.
        for (name, value) in request.prior.as_map().into_iter().flatten() {
            if request.planned.get(name).is_unknown() && request.config.get(name).is_null() {
                request.planned.set(name, value.clone());
            }
        }
    }
    let config = request.config.clone();
    follow(&kind.nodes, &request.prior, &config, &mut request.planned);
    for one_of in walk::choices(&kind.nodes) {
        replace_on_another_choice(one_of, request);
    }
    power::plan(kind, session, request);
}

/// Warns at plan time that the apply of a new agent will fail without a subscription.
fn without_subscription(
    kind: &Kind,
    session: &SessionHandle,
    request: &PlanRequest,
) -> Option<Diagnostic> {
    let session = session.get().ok()?;
    let given = request.config.get("subscription_id");
    let is_missing = kind.key() == Key::Agent
        && request.prior.is_null()
        && given.is_null()
        && session.subscription_id.is_none()
        && session.unknown.is_empty();
    is_missing.then(|| Diagnostic {
        severity: Severity::Warning,
        ..session.no_subscription()
    })
}

/// Warns at plan time that the apply of a new object will fail without credentials. An existing
/// object was refreshed, so the provider could sign in.
fn without_credentials(session: &SessionHandle, request: &PlanRequest) -> Option<Diagnostic> {
    let session = session.get().ok()?;
    let lack = session.client.config().token_source.lack()?;
    request.prior.is_null().then(|| {
        Diagnostic::warning(
            "Cannot sign in yet",
            format!("{lack} The apply will fail unless you run it where the provider can sign in."),
        )
    })
}

/// Plans computed values that follow other attributes as unknown only if those change, and keeps
/// values that have settled.
fn follow(nodes: &[Node], prior: &Value, config: &Value, planned: &mut Value) {
    for field in walk::fields(nodes) {
        let before = prior.get(field.name);
        if !field.follows.is_empty() && config.get(field.name).is_null() {
            let mut followed = field.follows.iter();
            if followed.any(|name| changes(nodes, name, prior, planned)) {
                planned.set(field.name, Value::Unknown);
            } else if planned.get(field.name).is_unknown() {
                planned.set(field.name, before.clone());
            }
        } else if field.settles_at.is_some()
            && field.settles_at == before.as_str()
            && planned.get(field.name).is_unknown()
        {
            planned.set(field.name, before.clone());
        } else if let Shape::Object(nodes) = &field.shape
            && before.is_known()
            && planned.get(field.name).is_known()
        {
            let mut inner = planned.get(field.name).clone();
            follow(nodes, before, config.get(field.name), &mut inner);
            planned.set(field.name, inner);
        }
    }
}

/// Returns whether only local arguments change.
pub(super) fn only_local_changes(kind: &Kind, prior: &Value, planned: &Value) -> bool {
    let local = |name: &str| {
        let declared = walk::fields(&kind.nodes)
            .any(|field| field.name == name && matches!(field.bind, Bind::Local));
        // The hash represents content that is sent.
        let is_hash = kind.upload().is_some_and(|upload| upload.hash == name);
        name == "timeouts" || (declared && !is_hash)
    };
    let Some(members) = planned.as_map() else {
        return false;
    };
    // An unknown hash may be a change of the content.
    let is_open = |name: &str, value: &Value| {
        value.is_unknown() && kind.upload().is_some_and(|upload| upload.hash == name)
    };
    members.iter().all(|(name, value)| {
        let same = || !changes(&kind.nodes, name, prior, planned);
        local(name) || (!is_open(name, value) && same())
    })
}

/// Requests a replacement if the chosen type changes. The same type as another variant is not a
/// change.
fn replace_on_another_choice(one_of: &OneOf, request: &mut PlanRequest) {
    let (before, after) = (
        chosen(one_of, &request.prior),
        chosen(one_of, &request.planned),
    );
    let (Some((before, old)), Some((after, new))) = (before, after) else {
        return;
    };
    let same = old
        .zip(new)
        .is_some_and(|(old, new)| old.eq_ignore_ascii_case(&new));
    if one_of.replace && before != after && !same {
        request
            .replace
            .extend([Path::from(before), Path::from(after)]);
    }
}

/// Returns the chosen variant, with its tag if that is known.
fn chosen(one_of: &OneOf, object: &Value) -> Option<(&'static str, Option<String>)> {
    let mut variants = one_of.variants.iter();
    let variant = variants.find(|variant| !object.get(variant.name).is_null())?;
    let tag = match variant.tag {
        Some(tag) => Some(tag.to_owned()),
        None => variant.nodes.iter().find_map(|node| match node {
            Node::Field(field) if field.pointers() == [one_of.tag.as_ref()] => {
                let tag = object.get(variant.name).get(field.name);
                tag.as_str().map(str::to_owned)
            }
            _ => None,
        }),
    };
    Some((variant.name, tag))
}
