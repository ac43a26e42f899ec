//! Mistakes in a declaration, reported by tests: references to missing attributes, places that two
//! attributes use, and builder methods without effect.

use super::walk::{Descend, Part, fields, walk};
use super::{Alternate, Bind, Field, Kind, Node, Presence, Shape};

impl Kind {
    /// Returns one line for each problem, with the name of the attribute or method.
    pub(crate) fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        words(&self.nodes, &mut problems);
        places(&self.nodes, &mut Vec::new(), "", &mut problems);
        self.names(&mut problems);
        problems
    }

    /// Checks the description of the kind, and the attributes that its properties refer to.
    fn names(&self, problems: &mut Vec<String>) {
        // The text continues after a verb.
        let articles = ["A ", "An ", "The "];
        let begins = |article: &&str| self.about.starts_with(*article);
        if !self.about.is_empty() && !articles.iter().any(begins) {
            problems.push("about: it begins with no article".to_owned());
        }
        let mut expect = |word: &str, path: &[&str]| {
            if find(&self.nodes, path).is_none() {
                problems.push(format!("{word}: there is no attribute {}", path.join(".")));
            }
        };
        for wait in &self.waits {
            expect("Wait::argument", &[wait.argument]);
        }
        if let Some(companion) = &self.companion {
            expect("Companion::attribute", &[companion.attribute]);
        }
        if let Some(upload) = self.upload() {
            for name in [upload.content, upload.source, upload.hash, upload.size] {
                expect("Upload", &[name]);
            }
        }
        if let Some(by_product) = &self.by_product {
            let block = by_product.block;
            expect("ByProduct::cause", &[block, by_product.cause]);
            expect("ByProduct::argument", &[block, by_product.argument]);
        }
        for alternate in self.alternates {
            let Alternate::Beside(beside) = alternate else {
                continue;
            };
            let level = format!("/{}/", beside.level);
            walk(&self.nodes, (), |visit| {
                let (_, tag) = beside.only_with;
                if matches!(visit.part, Part::Variant(variant) if !variant.is_tagged(tag)) {
                    return Descend::Past;
                }
                for at in visit.pointers() {
                    let member = at.strip_prefix(&level).filter(|name| !name.contains('/'));
                    let is_known = |name| name == beside.ours || beside.others.contains(&name);
                    if member.is_some_and(|name| !is_known(name)) {
                        problems.push(format!("Beside::others: {at} is missing"));
                    }
                }
                Descend::Inside
            });
        }
        if let Some(at) = self.siblings
            && !claimed(&self.nodes).contains(&at)
        {
            problems.push(format!("siblings: no attribute is at {at}"));
        }
    }
}

/// Checks for builder methods without effect, and for references to missing sibling fields.
fn words(nodes: &[Node], problems: &mut Vec<String>) {
    walk(nodes, (), |visit| {
        // Only a plain object has a known predecessor, which these words need.
        for field in inside_list_or_choice(visit.part) {
            if !field.follows.is_empty() || field.settles_at.is_some() {
                let (name, path) = (field.name, visit.path());
                problems.push(format!(
                    "{path}: `follows` and `settles_at` have no effect on `{name}` in it"
                ));
            }
        }
        let Part::Field(field) = visit.part else {
            return Descend::Inside;
        };
        let mut problem = |text: String| problems.push(format!("{}: {text}", visit.path()));
        for word in &field.unused {
            problem(format!("`{word}` has no effect here"));
        }
        let is_object = matches!(field.shape, Shape::Object(_) | Shape::Objects(_));
        if is_object && field.pointers().len() > 1 {
            problem("`also_at` has no effect here".to_owned());
        }
        let is_read = matches!(field.presence, Presence::Computed { .. });
        if is_read && !field.when_set.is_empty() {
            problem("`when_set` has no effect here".to_owned());
        }
        if matches!(field.bind, Bind::Action { .. }) && visit.path().steps().len() > 1 {
            problem("`by_action` has no effect inside an object or a choice".to_owned());
        }
        for name in field.follows {
            if find(visit.beside, &[name]).is_none() {
                problem(format!("it follows `{name}`, which is not a sibling"));
            }
        }
        for (name, _) in field.only_where {
            if find(visit.beside, &[name]).is_none() {
                problem(format!("`{name}` is not a sibling"));
            }
        }
        if field.key_parts().count() != field.element_key.len() {
            problem("its objects do not have this key".to_owned());
        }
        Descend::Inside
    });
}

/// Returns the attributes at any depth inside the objects of a list, or inside a variant of a
/// choice.
fn inside_list_or_choice(part: Part<'_>) -> Vec<&Field> {
    let nodes = match part {
        Part::Variant(variant) => &variant.nodes,
        Part::Field(field) => match &field.shape {
            Shape::Objects(nodes) => nodes,
            _ => return Vec::new(),
        },
        Part::Choice(_) => return Vec::new(),
    };
    let mut found = Vec::new();
    walk(nodes, (), |visit| {
        if let Part::Field(field) = visit.part {
            found.push(field);
        }
        Descend::Inside
    });
    found
}

/// Checks for places that two attributes of an object use. The variants of a choice may share
/// places.
fn places<'a>(
    nodes: &'a [Node],
    taken: &mut Vec<(&'a str, &'static str)>,
    path: &str,
    problems: &mut Vec<String>,
) {
    for node in nodes {
        match node {
            // A field that is only read does not conflict with others.
            Node::Field(field) if matches!(field.presence, Presence::Computed { .. }) => {}
            Node::Field(field) => {
                // The root pointer stands for the rest of the document, and does not conflict with
                // others.
                let own = field.pointers().iter().filter(|at| !at.is_empty());
                for at in own {
                    if let Some((_, other)) = taken.iter().find(|(known, _)| overlaps(known, at)) {
                        let name = field.name;
                        problems.push(format!("{path}{name}: `{other}` is at {at} as well"));
                    }
                    taken.push((at, field.name));
                }
                if let Shape::Object(inner) | Shape::Objects(inner) = &field.shape {
                    let path = format!("{path}{}.", field.name);
                    places(inner, &mut Vec::new(), &path, problems);
                }
            }
            Node::OneOf(one_of) => {
                let before = taken.clone();
                for variant in &one_of.variants {
                    let mut own = before.clone();
                    let path = format!("{path}{}.", variant.name);
                    places(&variant.nodes, &mut own, &path, problems);
                    taken.extend(own.into_iter().skip(before.len()));
                }
            }
        }
    }
}

/// Returns whether two places are equal or nested.
fn overlaps(one: &str, other: &str) -> bool {
    let within = |inner: &str, outer: &str| {
        let rest = inner.strip_prefix(outer);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    within(one, other) || within(other, one)
}

fn claimed(nodes: &[Node]) -> Vec<&str> {
    let pointers = fields(nodes).flat_map(Field::pointers);
    pointers.map(AsRef::as_ref).collect()
}

fn find<'a>(nodes: &'a [Node], path: &[&str]) -> Option<&'a Field> {
    let (name, rest) = path.split_first()?;
    let field = fields(nodes).find(|field| field.name == *name)?;
    match (rest, &field.shape) {
        ([], _) => Some(field),
        (rest, Shape::Object(inner)) => find(inner, rest),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;
    use crate::kind::{Beside, OneOf, Variant, Wait, below};
    use crate::resources::kinds;

    #[test]
    fn no_kind_has_a_problem() {
        for kind in kinds() {
            assert_eq!(kind.problems(), Vec::<String>::new(), "{}", kind.name);
        }
    }

    #[rstest]
    #[case::required(Field::required, &["empty_means_absent", "reset"])]
    #[case::default(|field: Field| field.default(json!("d")), &["empty_means_absent", "reset"])]
    #[case::server_chosen(Field::server_chosen, &["empty_means_absent", "reset"])]
    #[case::computed(Field::computed, &["empty_means_absent", "reset"])]
    #[case::volatile(Field::volatile, &["empty_means_absent", "reset"])]
    #[case::by_action(|field: Field| field.by_action(&[("On", "on")]), &["also_at"])]
    #[case::local(Field::local, &["also_at"])]
    #[case::local_after_an_action(
        |field: Field| Field { bind: Bind::At(vec!["/x".into()]), ..field }
            .by_action(&[("On", "on")])
            .first("on")
            .local(),
        &["by_action", "first"]
    )]
    fn replaced_words_are_reported(#[case] replace: fn(Field) -> Field, #[case] expected: &[&str]) {
        let field = Field::string("x", "/x", "")
            .empty_means_absent(json!(""))
            .reset(json!(""))
            .also_at("/y");
        assert_eq!(replace(field).unused, expected);
    }

    #[test]
    fn secret_that_is_made_an_ordinary_field_is_reported() {
        let field = Field::secret("x", "/x", "").required();
        assert_eq!(field.unused, ["secret"]);
    }

    #[test]
    fn problems_name_their_attribute() {
        let inner = vec![Field::string("x", "/x", "").required().into()];
        let settled = Field::string("z", "/z", "").volatile().settles_at("Done");
        let powered = Field::string("q", "/q", "").by_action(&[("On", "on")]);
        let variant = |name, tag, member| {
            let field = Field::string(member, member, "").into();
            let member = below("/level/", vec![field]);
            Variant::new(name, Some(tag), "", member)
        };
        let kind = Kind {
            about: "Some skill.",
            nodes: vec![
                Field::string("a", "/a", "")
                    .required()
                    .reset(json!(""))
                    .into(),
                Field::string("b", "/a/b", "").follows(&["c"]).into(),
                Field::objects("d", "/d", "", inner).keyed_by(&["y"]).into(),
                Field::objects("i", "/i", "", vec![settled.into()]).into(),
                Field::object("p", "/p", "", vec![powered.into()]).into(),
                Field::bool("e", "", "").local().also_at("/e").into(),
                Field::bool("f", "/f", "")
                    .volatile()
                    .when_set("It works.")
                    .into(),
                OneOf {
                    title: "type",
                    tag: "/t".into(),
                    variants: vec![variant("with", "T", "g"), variant("without", "O", "h")],
                    replace: false,
                }
                .into(),
            ],
            alternates: &[Alternate::Beside(Beside {
                only_with: ("t", "T"),
                level: "level",
                ours: "$others",
                others: &[],
            })],
            waits: vec![Wait {
                argument: "wait",
                what: "it",
                plane: None,
                at: "/state",
                done: &[],
                failed: &[],
                reason_at: None,
            }],
            siblings: Some("/names"),
            ..Kind::child()
        };
        assert_eq!(
            kind.problems(),
            [
                "a: `reset` has no effect here",
                "b: it follows `c`, which is not a sibling",
                "d: its objects do not have this key",
                "i: `follows` and `settles_at` have no effect on `z` in it",
                "p.q: `by_action` has no effect inside an object or a choice",
                "e: `also_at` has no effect here",
                "f: `when_set` has no effect here",
                "b: `a` is at /a/b as well",
                "about: it begins with no article",
                "Wait::argument: there is no attribute wait",
                "Beside::others: /level/g is missing",
                "siblings: no attribute is at /names",
            ]
        );
    }
}
