//! What counts as the same value.

use tfplugin::Value;

/// Text that differs in case only, as with ARM ids and enums.
pub fn ignoring_case(one: &Value, other: &Value) -> bool {
    let texts = one.as_str().zip(other.as_str());
    texts.is_some_and(|(one, other)| one.eq_ignore_ascii_case(other))
}

/// Text that differs in case and white space only, as `SystemAssigned, UserAssigned`.
pub fn ignoring_case_and_space(one: &Value, other: &Value) -> bool {
    let folded = |value: &Value| {
        let text = value.as_str()?;
        let mut parts: Vec<String> = text
            .split(',')
            .map(|part| part.trim().to_ascii_lowercase())
            .collect();
        parts.sort();
        Some(parts)
    };
    folded(one)
        .zip(folded(other))
        .is_some_and(|(one, other)| one == other)
}

/// Prose that differs in line ends and trailing line breaks only, or JSON of equal value: hosts that write a
/// configuration turn texts which are JSON into calls of `jsonencode`.
pub fn prose(one: &Value, other: &Value) -> bool {
    is_same_prose(one, other) || is_same_json(one, other)
}

/// Code that is JSON of equal value. Line ends count in code.
pub fn code(one: &Value, other: &Value) -> bool {
    is_same_json(one, other)
}

/// Base64 of the same bytes.
pub fn base64(one: &Value, other: &Value) -> bool {
    use ::base64::Engine as _;
    let decoded = |value: &Value| {
        let text: String = value.as_str()?.split_ascii_whitespace().collect();
        let standard = ::base64::engine::general_purpose::STANDARD;
        standard.decode(text).ok()
    };
    decoded(one)
        .zip(decoded(other))
        .is_some_and(|(one, other)| one == other)
}

fn is_same_json(one: &Value, other: &Value) -> bool {
    let container = |value: &Value| {
        let text = value.as_str()?.trim();
        let is_container = text.starts_with(['{', '[']);
        let json: serde_json::Value = is_container.then(|| serde_json::from_str(text).ok())??;
        Some(in_one_form(&json))
    };
    container(one)
        .zip(container(other))
        .is_some_and(|(one, other)| one == other)
}

/// JSON with its numbers in one form.
fn in_one_form(json: &serde_json::Value) -> serde_json::Value {
    use serde_json::Value as Json;
    match json {
        Json::Number(number) => match number.as_f64() {
            Some(number) => number.into(),
            None => json.clone(),
        },
        Json::Array(items) => items.iter().map(in_one_form).collect(),
        Json::Object(members) => members
            .iter()
            .map(|(name, value)| (name.clone(), in_one_form(value)))
            .collect(),
        other => other.clone(),
    }
}

fn is_same_prose(one: &Value, other: &Value) -> bool {
    let folded = |value: &Value| {
        let text = value.as_str()?;
        Some(text.replace("\r\n", "\n").trim_end_matches('\n').to_owned())
    };
    folded(one)
        .zip(folded(other))
        .is_some_and(|(one, other)| one == other)
}

/// A text of the service with the line ends of the one that is known, so that only lines that differ
/// are shown as a change. Without one the lines end as they do on most systems.
pub fn with_line_ends_of(known: Option<&str>, text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    let Some(known) = known else { return text };
    // Whole line ends only: a carriage return by itself is part of the text.
    let mut end = known;
    while let Some(rest) = end.strip_suffix("\r\n").or_else(|| end.strip_suffix('\n')) {
        end = rest;
    }
    let last = known.get(end.len()..).unwrap_or_default();
    let text = text.trim_end_matches('\n');
    if text.is_empty() {
        return String::new();
    }
    let has_only_crlf = known.contains("\r\n") && !known.replace("\r\n", "").contains('\n');
    match has_only_crlf {
        true => text.replace('\n', "\r\n") + last,
        false => text.to_owned() + last,
    }
}

/// Code of the service as it is known, if line ends are all that differs; other code with the line ends of
/// what is known, and its own end.
pub fn code_as(known: Option<&str>, text: &str) -> String {
    let value = |text: &str| Value::from(text);
    match known {
        Some(known) if is_same_prose(&value(known), &value(text)) => known.to_owned(),
        _ => {
            let end = text.len() - text.trim_end_matches(['\r', '\n']).len();
            let (body, end) = text.split_at(text.len() - end);
            let lines = with_line_ends_of(
                known.map(|known| known.trim_end_matches(['\r', '\n'])),
                body,
            );
            lines + &end.replace("\r\n", "\n")
        }
    }
}

/// An Azure region in either spelling: `Sweden Central` and `swedencentral`.
pub fn region(one: &Value, other: &Value) -> bool {
    let folded = |value: &Value| Some(value.as_str()?.replace(' ', "").to_ascii_lowercase());
    folded(one)
        .zip(folded(other))
        .is_some_and(|(one, other)| one == other)
}

/// The same moment in another format.
pub fn instant(one: &Value, other: &Value) -> bool {
    let moment = |value: &Value| parse_instant(value.as_str()?);
    moment(one)
        .zip(moment(other))
        .is_some_and(|(one, other)| one == other)
}

/// A moment in RFC 3339, or in the format that .NET gives it without being told one. Without an offset
/// it is UTC.
pub fn parse_instant(text: &str) -> Option<jiff::Timestamp> {
    let dotnet = ["%m/%d/%Y %H:%M:%S %:z", "%m/%d/%Y %H:%M:%S"];
    let rfc_3339 = || text.parse::<jiff::Timestamp>().ok();
    let utc = |time: jiff::civil::DateTime| time.to_zoned(jiff::tz::TimeZone::UTC).ok();
    let without_offset = || Some(utc(text.parse().ok()?)?.timestamp());
    let of_dotnet = || {
        let mut formats = dotnet.iter();
        formats.find_map(|format| {
            let parsed = jiff::fmt::strtime::parse(format, text).ok()?;
            let with_offset = parsed.to_timestamp().ok();
            with_offset.or_else(|| Some(utc(parsed.to_datetime().ok()?)?.timestamp()))
        })
    };
    rfc_3339().or_else(without_offset).or_else(of_dotnet)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_compare_across_formats() {
        let first = Value::from("2026-12-01T08:00:00Z");
        for same in [
            "2026-12-01T09:00:00+01:00",
            "2026-12-01T08:00:00.0000000+00:00",
            "2026-12-01T08:00:00",
            "12/01/2026 08:00:00 +00:00",
            "12/01/2026 08:00:00",
        ] {
            assert!(instant(&first, &same.into()), "{same}");
        }
        for other in ["2026-12-01T08:00:01Z", "soon", ""] {
            assert!(!instant(&first, &other.into()), "{other}");
        }
    }

    #[test]
    fn identity_types_compare_without_order_and_space() {
        let same = |one: &str, other: &str| ignoring_case_and_space(&one.into(), &other.into());
        assert!(same(
            "SystemAssigned,UserAssigned",
            "userAssigned, SystemAssigned"
        ));
        assert!(!same("SystemAssigned", "UserAssigned"));
    }

    #[test]
    fn line_ends_do_not_count_in_prose() {
        assert!(prose(&"a\nb".into(), &"a\r\nb\r\n".into()));
        assert!(!prose(&"a b".into(), &"a\nb".into()));
    }

    #[test]
    fn json_of_equal_value_is_the_same_text() {
        let text = Value::from("{\n  \"b\": [1.0, 2],\n  \"a\": \"x\"\n}\n");
        assert!(prose(&text, &r#"{"a":"x","b":[1,2]}"#.into()));
        assert!(!prose(&text, &r#"{"a":"x","b":[2,1]}"#.into()));
        assert!(!prose(&"1.0".into(), &"1".into()), "no container");
    }

    #[test]
    fn base64_compares_decoded() {
        assert!(base64(&"eyJh\nIjox\r\nfQ==".into(), &"eyJhIjoxfQ==".into()));
        assert!(!base64(&"eyJhIjoxfQ==".into(), &"eyJhIjoyfQ==".into()));
        assert!(!base64(&"%".into(), &"!".into()));
    }

    #[test]
    fn code_keeps_its_own_end() {
        for (known, text, wanted) in [
            (Some("a\n"), "a", "a\n"),
            (Some("a\r\nb"), "a\nb\n", "a\r\nb"),
            (Some("a\n"), "b", "b"),
            (Some("a"), "b\r\n", "b\n"),
            (None, "a\r\nb\r\n", "a\nb\n"),
        ] {
            assert_eq!(code_as(known, text), wanted, "{known:?}, {text:?}");
        }
    }

    #[test]
    fn lines_end_as_those_that_are_known() {
        for (known, text, wanted) in [
            (None, "a\r\nb\r\n", "a\nb\n"),
            (Some("a\nb\n"), "a\r\nc", "a\nc\n"),
            (Some("a\r\nb"), "a\nc\n", "a\r\nc"),
            (Some("a\r\nb\r\n"), "a\nc", "a\r\nc\r\n"),
            (Some("a\r\nb\nc"), "a\r\nb", "a\nb"),
            (Some(""), "a\r\n", "a"),
            (Some("a\n"), "", ""),
            (Some("a\r"), "a\r", "a\r"),
            (Some("a\r\r\n"), "a\r\r\n", "a\r\r\n"),
        ] {
            assert_eq!(
                with_line_ends_of(known, text),
                wanted,
                "{known:?}, {text:?}"
            );
        }
    }
}
