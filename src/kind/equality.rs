//! Semantic equality: functions that compare the meanings of values.

use tfplugin::Value;

/// Compares strings and ignores case, as for ARM ids and enums.
pub fn ignoring_case(one: &Value, other: &Value) -> bool {
    let texts = one.as_str().zip(other.as_str());
    texts.is_some_and(|(one, other)| one.eq_ignore_ascii_case(other))
}

/// Compares comma-separated lists and ignores order, case and white space, as in `SystemAssigned,
/// UserAssigned`.
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

/// Compares prose and ignores line endings and trailing line breaks. JSON is compared by value,
/// because hosts that generate a configuration convert JSON strings to calls of `jsonencode`.
pub fn prose(one: &Value, other: &Value) -> bool {
    is_same_prose(one, other) || is_same_json(one, other)
}

/// Compares code. JSON is compared by value. Line endings of other code are significant.
pub fn code(one: &Value, other: &Value) -> bool {
    is_same_json(one, other)
}

/// Compares Base64 by the decoded bytes.
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
        Some(normalize_numbers(&json))
    };
    container(one)
        .zip(container(other))
        .is_some_and(|(one, other)| one == other)
}

/// Returns the JSON with all numbers in the same format.
fn normalize_numbers(json: &serde_json::Value) -> serde_json::Value {
    use serde_json::Value as Json;
    match json {
        Json::Number(number) => match number.as_f64() {
            Some(number) => number.into(),
            None => json.clone(),
        },
        Json::Array(items) => items.iter().map(normalize_numbers).collect(),
        Json::Object(members) => members
            .iter()
            .map(|(name, value)| (name.clone(), normalize_numbers(value)))
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

/// Returns a text of the service with the line endings of the known text, so that a diff shows only
/// lines that differ. Without a known text, the lines end with LF.
pub fn with_line_ends_of(known: Option<&str>, text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    let Some(known) = known else { return text };
    // Only whole line endings count. A carriage return by itself is part of the text.
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

/// Returns the known code if only line endings differ. Otherwise, returns the code of the service
/// with the line endings of the known code, and with its own trailing line breaks.
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

/// Compares Azure regions in either spelling: `Sweden Central` and `swedencentral`.
pub fn region(one: &Value, other: &Value) -> bool {
    let folded = |value: &Value| Some(value.as_str()?.replace(' ', "").to_ascii_lowercase());
    folded(one)
        .zip(folded(other))
        .is_some_and(|(one, other)| one == other)
}

/// Compares points in time, whatever their format.
pub fn instant(one: &Value, other: &Value) -> bool {
    let moment = |value: &Value| parse_instant(value.as_str()?);
    moment(one)
        .zip(moment(other))
        .is_some_and(|(one, other)| one == other)
}

/// Parses a point in time in RFC 3339, or in the default format of .NET. Without an offset, the
/// time is in UTC.
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
    fn instants_compare_across_formats() {
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
    fn identity_types_compare_without_order_or_space() {
        let same = |one: &str, other: &str| ignoring_case_and_space(&one.into(), &other.into());
        assert!(same(
            "SystemAssigned,UserAssigned",
            "userAssigned, SystemAssigned"
        ));
        assert!(!same("SystemAssigned", "UserAssigned"));
    }

    #[test]
    fn prose_ignores_line_endings() {
        assert!(prose(&"a\nb".into(), &"a\r\nb\r\n".into()));
        assert!(!prose(&"a b".into(), &"a\nb".into()));
    }

    #[test]
    fn json_compares_by_value() {
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
    fn code_keeps_its_trailing_line_breaks() {
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
    fn line_endings_follow_the_known_text() {
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
