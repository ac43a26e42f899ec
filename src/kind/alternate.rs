//! Members that some builds of the service represent differently from the declaration.

use serde_json::{Map, Value as Json};

/// An alternative representation of a member of the document.
#[derive(Clone, Copy, Debug)]
pub enum Alternate {
    /// A member with another name, which is read but never written.
    Name {
        /// The name that some builds use.
        theirs: &'static str,
        /// The name in the declaration.
        ours: &'static str,
    },
    /// A member whose words represent the boolean value of another member. Both are written,
    /// because some builds know only one of them. If a build returns both, the words take
    /// precedence.
    Words {
        /// The member that holds the words.
        theirs: &'static str,
        /// The boolean member in the declaration.
        ours: &'static str,
        /// The words with their meanings. Other words have no meaning and stay unchanged.
        words: &'static [(&'static str, bool)],
    },
    /// Strings whose names the user chooses, among the other members of an object. In the
    /// declaration, they are a separate object under a name that is never sent.
    Beside(Beside),
    /// A member that is sent with every document, and that the service does not return.
    Sent {
        /// The name of the member.
        member: &'static str,
        /// The value of the member.
        value: &'static str,
    },
}

/// The location of strings among the other members of an object.
#[derive(Clone, Copy, Debug)]
pub struct Beside {
    /// The member of the document, and the value that it has in documents with such strings.
    pub only_with: (&'static str, &'static str),
    /// The member that contains the strings.
    pub level: &'static str,
    /// The member of `level` that represents the strings in the declaration.
    pub ours: &'static str,
    /// The other members of `level`.
    pub others: &'static [&'static str],
}

impl Alternate {
    /// Converts a complete document to the form that is sent.
    pub fn send(&self, document: &mut Map<String, Json>) {
        match self {
            Self::Beside(beside) => beside.send(document),
            Self::Sent { member, value } => {
                document.insert((*member).to_owned(), (*value).into());
            }
            Self::Name { .. } | Self::Words { .. } => {}
        }
    }

    /// Removes values that may be secret from a document.
    pub fn hide(&self, document: &mut Map<String, Json>) {
        if let Self::Beside(beside) = self {
            beside.hide(document);
        }
    }

    /// Returns the member that some builds use, and the member in the declaration that it
    /// represents.
    pub const fn members(&self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Name { theirs, ours } | Self::Words { theirs, ours, .. } => Some((theirs, ours)),
            Self::Beside(_) | Self::Sent { .. } => None,
        }
    }

    /// Converts a document from the service to the form of the declaration.
    pub fn read(&self, document: &mut Map<String, Json>) {
        match self {
            Self::Name { theirs, ours } => {
                let is_missing = document.get(*ours).is_none_or(Json::is_null);
                if is_missing && let Some(value) = document.shift_remove(*theirs) {
                    document.insert((*ours).to_owned(), value);
                }
            }
            Self::Words {
                theirs,
                ours,
                words,
            } => {
                let word = document.get(*theirs).and_then(Json::as_str);
                if let Some(meant) = word.and_then(|word| meaning(words, word)) {
                    document.insert((*ours).to_owned(), Json::Bool(meant));
                }
            }
            Self::Beside(beside) => beside.read(document),
            Self::Sent { member, .. } => {
                document.shift_remove(*member);
            }
        }
    }

    /// Updates the alternative member if the declared one differs from `before`. If `before` has
    /// only a word without a meaning, the word is kept.
    pub fn write(&self, before: &Json, document: &mut Map<String, Json>) {
        let (theirs, ours, words) = match self {
            Self::Name { .. } | Self::Sent { .. } => return,
            Self::Words {
                theirs,
                ours,
                words,
            } => (theirs, ours, words),
            Self::Beside(beside) => return beside.write(before, document),
        };
        let (was, word) = (before.get(*ours), before.get(*theirs));
        let is_another = was.is_none() && word.is_some_and(|word| !word.is_null());
        let value = document.get(*ours).filter(|value| was != Some(value));
        let Some(value) = value.filter(|_| !is_another) else {
            return;
        };
        let word = words.iter().find(|(_, meant)| value == meant);
        if let Some((word, _)) = word {
            document.insert((*theirs).to_owned(), (*word).into());
        }
    }
}

impl Beside {
    fn read(&self, document: &mut Map<String, Json>) {
        let Some(level) = self.level_of(document) else {
            return;
        };
        let texts = level.iter().filter(|(name, value)| {
            value.is_string() && *name != self.ours && !self.others.contains(&name.as_str())
        });
        let texts: Map<_, _> = texts
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        if !texts.is_empty() {
            level.insert(self.ours.to_owned(), Json::Object(texts));
        }
    }

    fn write(&self, before: &Json, document: &mut Map<String, Json>) {
        let was = before.get(self.level).and_then(|was| was.get(self.ours));
        let was = was.and_then(Json::as_object).cloned().unwrap_or_default();
        let Some(level) = self.level_of(document) else {
            return;
        };
        let now = level.get(self.ours).and_then(Json::as_object);
        let now = now.cloned().unwrap_or_default();
        for (name, value) in &was {
            if !now.contains_key(name) && level.get(name) == Some(value) {
                level.shift_remove(name);
            }
        }
        for (name, value) in now {
            if was.get(&name) != Some(&value) || !level.contains_key(&name) {
                level.insert(name, value);
            }
        }
    }

    /// Removes the member that represents the strings, because it is never sent.
    fn send(&self, document: &mut Map<String, Json>) {
        if let Some(Json::Object(level)) = document.get_mut(self.level) {
            level.shift_remove(self.ours);
        }
    }

    /// Removes the strings themselves, because they may be secret.
    fn hide(&self, document: &mut Map<String, Json>) {
        let Some(level) = self.level_of(document) else {
            return;
        };
        if let Some(Json::Object(texts)) = level.shift_remove(self.ours) {
            level.retain(|name, _| !texts.contains_key(name));
        }
    }

    fn level_of<'a>(
        &self,
        document: &'a mut Map<String, Json>,
    ) -> Option<&'a mut Map<String, Json>> {
        let (member, value) = self.only_with;
        let found = document.get(member).and_then(Json::as_str);
        found.filter(|found| found.eq_ignore_ascii_case(value))?;
        document.get_mut(self.level)?.as_object_mut()
    }
}

fn meaning(words: &[(&str, bool)], word: &str) -> Option<bool> {
    let mut words = words.iter();
    let found = words.find(|(known, _)| known.eq_ignore_ascii_case(word));
    found.map(|(_, meant)| *meant)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    const STATUS: Alternate = Alternate::Words {
        theirs: "status",
        ours: "isEnabled",
        words: &[("Active", true), ("Paused", false)],
    };

    #[test]
    fn member_that_is_only_sent_is_in_no_document_that_is_read() {
        let sent = Alternate::Sent {
            member: "providerType",
            value: "servicenow",
        };
        let mut document = members(json!({ "a": 1 }));
        sent.write(&Json::Null, &mut document);
        assert_eq!(Json::Object(document.clone()), json!({ "a": 1 }));
        sent.send(&mut document);
        let body = json!({ "a": 1, "providerType": "servicenow" });
        assert_eq!(Json::Object(document.clone()), body);
        sent.read(&mut document);
        assert_eq!(Json::Object(document), json!({ "a": 1 }));
    }

    fn members(json: Json) -> Map<String, Json> {
        match json {
            Json::Object(members) => members,
            other => panic!("{other} is no object"),
        }
    }

    #[rstest]
    #[case::words_alone(json!({"status": "paused"}), json!(false))]
    #[case::words_count(json!({"status": "Active", "isEnabled": false}), json!(true))]
    #[case::another_word(json!({"status": "Completed", "isEnabled": false}), json!(false))]
    #[case::no_word(json!({"isEnabled": false}), json!(false))]
    #[case::neither(json!({"status": "Completed"}), Json::Null)]
    fn words_are_read_by_meaning(#[case] document: Json, #[case] wanted: Json) {
        let mut document = members(document);
        STATUS.read(&mut document);
        assert_eq!(document.get("isEnabled").unwrap_or(&Json::Null), &wanted);
    }

    #[rstest]
    #[case::new(json!({}), json!({"isEnabled": true}), json!("Active"))]
    #[case::switched(
        json!({"isEnabled": true, "status": "Active"}),
        json!({"isEnabled": false, "status": "Active"}),
        json!("Paused")
    )]
    #[case::ended_and_left_alone(
        json!({"isEnabled": true, "status": "Completed"}),
        json!({"isEnabled": true, "status": "Completed"}),
        json!("Completed")
    )]
    #[case::ended_and_nothing_else_known(
        json!({"status": "Completed"}),
        json!({"isEnabled": true, "status": "Completed"}),
        json!("Completed")
    )]
    #[case::not_said(json!({}), json!({}), Json::Null)]
    fn changes_update_words(#[case] before: Json, #[case] now: Json, #[case] wanted: Json) {
        let mut now = members(now);
        STATUS.write(&before, &mut now);
        assert_eq!(now.get("status").unwrap_or(&Json::Null), &wanted);
    }

    const HEADERS: Alternate = Alternate::Beside(Beside {
        only_with: ("type", "Mcp"),
        level: "more",
        ours: "$headers",
        others: &["url"],
    });

    fn of_mcp(more: Json) -> Map<String, Json> {
        members(json!({"type": "Mcp", "more": more}))
    }

    #[test]
    fn strings_beside_members_are_read_hidden_and_sent_once() {
        let mut document = of_mcp(json!({"url": "u", "x-key": "s", "n": 1, "gone": null}));
        HEADERS.read(&mut document);
        assert_eq!(document["more"]["$headers"], json!({"x-key": "s"}));
        let mut sent = document.clone();
        HEADERS.send(&mut sent);
        assert_eq!(
            Json::Object(sent),
            Json::Object(of_mcp(
                json!({"url": "u", "x-key": "s", "n": 1, "gone": null})
            ))
        );
        HEADERS.hide(&mut document);
        assert_eq!(
            Json::Object(document),
            Json::Object(of_mcp(json!({"url": "u", "n": 1, "gone": null})))
        );
        let mut other = members(json!({"type": "Kusto", "more": {"x-key": "s"}}));
        HEADERS.read(&mut other);
        assert_eq!(other["more"], json!({"x-key": "s"}));
    }

    #[test]
    fn strings_beside_members_are_added_changed_and_removed() {
        let before = json!({"type": "Mcp", "more": {"url": "u", "a": "1", "b": "1", "c": "1",
            "$headers": {"a": "1", "b": "1", "c": "1"}}});
        let mut now = of_mcp(json!({"url": "u", "a": "1", "b": "1", "c": "1",
            "$headers": {"b": "2", "c": "1", "d": "1"}}));
        HEADERS.write(&before, &mut now);
        HEADERS.send(&mut now);
        assert_eq!(
            Json::Object(now),
            Json::Object(of_mcp(json!({"url": "u", "b": "2", "c": "1", "d": "1"})))
        );
    }

    #[test]
    fn alternative_name_is_read_if_declared_name_is_missing() {
        let name = Alternate::Name {
            theirs: "skillMdContent",
            ours: "skillContent",
        };
        let mut document = members(json!({"skillMdContent": "a", "skillContent": null}));
        name.read(&mut document);
        assert_eq!(Json::Object(document), json!({"skillContent": "a"}));
    }
}
