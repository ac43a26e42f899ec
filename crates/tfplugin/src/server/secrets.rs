//! Hides secrets in error messages, because services repeat what they were sent.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::diagnostic::Diagnostics;
use crate::schema::{Attributes, Shape};
use crate::value::Value;

/// Replaces a secret in a message.
const HIDDEN: &str = "(sensitive value)";

/// Shorter texts are not secrets, and occur in many words.
const SHORTEST: usize = 4;

/// Characters that URLs do not encode.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The sensitive and write-only texts of one object, and the texts that it shows.
#[derive(Default)]
pub(super) struct Secrets {
    hidden: Vec<String>,
    shown: Vec<String>,
}

impl Secrets {
    /// Collects the texts in any of these values of an object with these attributes.
    pub(super) fn of(attributes: &Attributes, values: &[&Value]) -> Self {
        let mut secrets = Self::default();
        for value in values {
            secrets.collect(attributes, value);
        }
        secrets
    }

    /// Replaces each secret, in each form in which it may occur in a message.
    pub(super) fn hide(&self, diagnostics: &mut Diagnostics) {
        if !diagnostics.is_empty() && !self.hidden.is_empty() {
            let (forms, shown) = (self.forms(), self.spared());
            diagnostics.rewrite(|text| hide(&forms, &shown, text));
        }
    }

    /// Replaces each secret in one text.
    pub(super) fn hide_in(&self, text: &mut String) {
        hide(&self.forms(), &self.spared(), text);
    }

    /// Returns texts that are also visible elsewhere, such as an id that begins like a secret.
    /// Cutting something out of them hides nothing, and makes a message useless.
    fn spared(&self) -> Vec<&str> {
        let holds_any = |text: &&str| self.hidden.iter().any(|secret| text.contains(secret));
        let shown = self.shown.iter().map(String::as_str);
        let mut spared: Vec<&str> = shown.filter(holds_any).collect();
        spared.sort_by_key(|text| std::cmp::Reverse(text.len()));
        spared.dedup();
        spared
    }

    fn forms(&self) -> Vec<String> {
        let mut forms: Vec<String> = self
            .hidden
            .iter()
            .flat_map(|secret| forms(secret))
            .collect();
        // A secret may be part of another.
        forms.sort_by_key(|form| std::cmp::Reverse(form.len()));
        forms.dedup();
        forms
    }

    fn collect(&mut self, attributes: &Attributes, object: &Value) {
        for (name, attribute) in attributes {
            let value = object.get(name);
            if attribute.is_sensitive() || attribute.is_write_only() {
                texts(value, &mut self.hidden);
            } else if let Shape::Nested(_, members) = attribute.shape() {
                match value {
                    // Either one object or objects by key. The wrong interpretation finds nothing.
                    Value::Map(items) => {
                        self.collect(members, value);
                        items.values().for_each(|item| self.collect(members, item));
                    }
                    _ => {
                        for item in value.elements().unwrap_or_default() {
                            self.collect(members, item);
                        }
                    }
                }
            } else {
                texts(value, &mut self.shown);
            }
        }
    }
}

/// Collects the texts of a value that are long enough to search for.
fn texts(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) if text.len() >= SHORTEST => found.push(text.clone()),
        Value::List(items) => items.iter().for_each(|item| texts(item, found)),
        Value::Set(items) => items.iter().for_each(|item| texts(item, found)),
        Value::Map(members) => members.values().for_each(|member| texts(member, found)),
        Value::Dynamic(inner) => texts(&inner.value, found),
        Value::String(_) | Value::Null | Value::Unknown | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Hides `forms` in the parts between the texts that are spared.
fn hide(forms: &[String], spared: &[&str], text: &mut String) {
    let Some((first, rest)) = spared.split_first() else {
        for form in forms {
            if text.contains(form) {
                *text = text.replace(form, HIDDEN);
            }
        }
        return;
    };
    let between = text.split(first).map(|piece| {
        let mut piece = piece.to_owned();
        hide(forms, rest, &mut piece);
        piece
    });
    *text = between.collect::<Vec<_>>().join(first);
}

/// Returns a text unchanged, escaped for JSON and for URLs, and inside of base64 text.
fn forms(text: &str) -> Vec<String> {
    let escaped = serde_json::Value::from(text).to_string();
    let escaped = escaped.trim_matches('"').to_owned();
    let mut forms = vec![
        text.to_owned(),
        utf8_percent_encode(text, UNRESERVED).to_string(),
    ];
    for inner in [text, &escaped] {
        for offset in 0..3 {
            // Without the characters that depend on the surrounding bytes.
            let padded = [&b"\0\0"[..offset], inner.as_bytes()].concat();
            let whole = padded.len() / 3 * 3;
            for engine in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
                let encoded = engine.encode(&padded[..whole]);
                let own = encoded.get(offset.min(1) * 4..);
                forms.extend(own.filter(|own| own.len() >= SHORTEST).map(str::to_owned));
            }
        }
    }
    forms.push(escaped);
    forms
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::STANDARD;

    use super::*;
    use crate::diagnostic::Diagnostic;
    use crate::schema::{Attribute, Nesting, attributes};
    use crate::value::Type;

    const SECRET: &str = "pa\"ss+w\u{f6}rd/1";

    fn hidden(message: &str) -> String {
        let nested = || {
            attributes([
                ("secret", Attribute::string("").sensitive()),
                ("other", Attribute::string("")),
            ])
        };
        let attributes = attributes([
            ("name", Attribute::string("")),
            (
                "token_wo",
                Attribute::new(Type::map(Type::String), "").write_only(),
            ),
            ("one", Attribute::nested(Nesting::Single, nested(), "")),
            ("some", Attribute::nested(Nesting::List, nested(), "")),
            ("keyed", Attribute::nested(Nesting::Map, nested(), "")),
            ("more", Attribute::new(Type::Dynamic, "").sensitive()),
        ]);
        let item =
            |secret: &str| Value::map([("secret", secret.into()), ("other", "plain".into())]);
        let more = Value::map([("text", "in-dynamic".into()), ("flag", "yes".into())]);
        let ty = Type::object([("text", Type::String), ("flag", Type::String)]);
        let value = Value::map([
            ("name", "a-name".into()),
            (
                "token_wo",
                Value::map([("a", SECRET)].map(|(k, v)| (k, v.into()))),
            ),
            ("one", item("in-one")),
            ("some", Value::list([item("in-list"), item("in-list-too")])),
            ("keyed", Value::map([("k", item("in-map"))])),
            ("more", Value::dynamic(ty, more)),
        ]);
        let mut diagnostics = Diagnostics::from(Diagnostic::error(message, message));
        Secrets::of(&attributes, &[&Value::Null, &value]).hide(&mut diagnostics);
        let diagnostic = diagnostics.iter().next().unwrap();
        assert_eq!(diagnostic.summary, diagnostic.detail);
        diagnostic.detail.clone()
    }

    #[test]
    fn secrets_of_all_depths_are_hidden_and_nothing_else() {
        assert_eq!(
            hidden("a-name: in-one, in-list-too, in-list, in-map, in-dynamic, plain, yes"),
            format!("a-name: {HIDDEN}, {HIDDEN}, {HIDDEN}, {HIDDEN}, {HIDDEN}, plain, yes")
        );
    }

    #[test]
    fn visible_texts_are_not_cut() {
        let attributes = attributes([
            ("id", Attribute::string("")),
            ("setting", Attribute::string("").sensitive()),
        ]);
        let id = "/subscriptions/1/agents/shop";
        let value = Value::map([("id", id.into()), ("setting", "/subscriptions/1".into())]);
        let message = format!("import {id}/skills/a; the setting is /subscriptions/1.");
        let mut diagnostics = Diagnostics::from(Diagnostic::error("A", message));
        Secrets::of(&attributes, &[&value]).hide(&mut diagnostics);
        assert_eq!(
            diagnostics.iter().next().unwrap().detail,
            format!("import {id}/skills/a; the setting is {HIDDEN}.")
        );
    }

    #[test]
    fn secrets_are_hidden_in_every_form() {
        let json = serde_json::json!({ "token": SECRET }).to_string();
        assert_eq!(hidden(SECRET), HIDDEN);
        assert_eq!(hidden(&json), format!("{{\"token\":\"{HIDDEN}\"}}"));
        let url = utf8_percent_encode(SECRET, UNRESERVED);
        assert_eq!(hidden(&format!("?a={url}")), format!("?a={HIDDEN}"));
        for before in ["", "a", "ab", "abc"] {
            for inner in [SECRET, &json] {
                let text = STANDARD.encode(format!("{before}{inner}--"));
                let seen = hidden(&text);
                assert!(seen.contains(HIDDEN), "{seen}");
                // Only the ends are left.
                let left = seen.replace(HIDDEN, "").len();
                let around = before.len() + inner.len() - SECRET.len() + 2;
                assert!(left <= (around + 8).div_ceil(3) * 4, "{seen}");
            }
        }
    }
}
