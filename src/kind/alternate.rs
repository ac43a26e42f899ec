//! Members that builds of the service show in another form than the declaration has.

use serde_json::{Map, Value as Json};

/// Another form of a member of the document.
#[derive(Clone, Copy, Debug)]
pub enum Alternate {
    /// Another name. It is read, and never written.
    Name {
        /// The name that builds show.
        theirs: &'static str,
        /// The name in the declaration.
        ours: &'static str,
    },
    /// A member whose words say what another one says by true and false. Both are written, since some
    /// builds know only the one and some only the other; where a build shows both, the words count.
    Words {
        /// The member with words.
        theirs: &'static str,
        /// The member in the declaration.
        ours: &'static str,
        /// The words and what they mean. Any other word says nothing, and stays.
        words: &'static [(&'static str, bool)],
    },
}

impl Alternate {
    /// The member that builds show, and the one in the declaration that it stands for.
    pub const fn members(&self) -> (&'static str, &'static str) {
        match self {
            Self::Name { theirs, ours } | Self::Words { theirs, ours, .. } => (theirs, ours),
        }
    }

    /// Brings a document that was read into the form of the declaration.
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
        }
    }

    /// Brings the other form in line with the declared one, if that is another than in the document
    /// `before`. A word there that says neither is left alone where it is all there is.
    pub fn write(&self, before: &Json, document: &mut Map<String, Json>) {
        let Self::Words {
            theirs,
            ours,
            words,
        } = self
        else {
            return;
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
    fn words_are_read_as_what_they_mean(#[case] document: Json, #[case] wanted: Json) {
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
    fn words_follow_what_changes(#[case] before: Json, #[case] now: Json, #[case] wanted: Json) {
        let mut now = members(now);
        STATUS.write(&before, &mut now);
        assert_eq!(now.get("status").unwrap_or(&Json::Null), &wanted);
    }

    #[test]
    fn another_name_is_read_where_ours_is_missing() {
        let name = Alternate::Name {
            theirs: "skillMdContent",
            ours: "skillContent",
        };
        let mut document = members(json!({"skillMdContent": "a", "skillContent": null}));
        name.read(&mut document);
        assert_eq!(Json::Object(document), json!({"skillContent": "a"}));
    }
}
