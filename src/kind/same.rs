//! What counts as the same value.

use tfplugin::{Value, value};

/// Text that differs in case only, as with ARM ids and enums.
pub fn ignoring_case(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::String(one), Value::String(other)) => one.eq_ignore_ascii_case(other),
        (Value::Set(one), Value::Set(other)) => {
            let folded = |set: &value::Set| -> Option<Vec<String>> {
                let texts = set
                    .iter()
                    .map(|text| text.as_str().map(str::to_ascii_lowercase));
                let mut texts = texts.collect::<Option<Vec<_>>>()?;
                texts.sort();
                texts.dedup();
                Some(texts)
            };
            folded(one)
                .zip(folded(other))
                .is_some_and(|(one, other)| one == other)
        }
        _ => false,
    }
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

/// Prose that differs in line ends and trailing line breaks only.
pub fn prose(one: &Value, other: &Value) -> bool {
    let folded = |value: &Value| {
        let text = value.as_str()?;
        Some(text.replace("\r\n", "\n").trim_end_matches('\n').to_owned())
    };
    folded(one)
        .zip(folded(other))
        .is_some_and(|(one, other)| one == other)
}

/// Prose by key.
pub fn prose_map(one: &Value, other: &Value) -> bool {
    let (Value::Map(one), Value::Map(other)) = (one, other) else {
        return false;
    };
    let same = |(key, text): (&String, &Value)| {
        other
            .get(key)
            .is_some_and(|known| known == text || prose(text, known))
    };
    one.len() == other.len() && one.iter().all(same)
}

/// An Azure region in either spelling: `Sweden Central` and `swedencentral`.
pub fn region(one: &Value, other: &Value) -> bool {
    let folded = |value: &Value| Some(value.as_str()?.replace(' ', "").to_ascii_lowercase());
    folded(one)
        .zip(folded(other))
        .is_some_and(|(one, other)| one == other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_compare_without_case() {
        let set = |texts: &[&str]| Value::set_of(texts.iter().map(|text| Value::from(*text)));
        assert!(ignoring_case(&set(&["A", "b"]), &set(&["a", "B"])));
        assert!(!ignoring_case(&set(&["A"]), &set(&["a", "b"])));
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
}
