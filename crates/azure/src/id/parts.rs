//! Parses an id segment by segment.

use super::{AgentId, IdError, check_value};

/// Iterates over the segments of an id, and keeps what error messages need.
pub(super) struct Parts<'a> {
    text: &'a str,
    what: &'static str,
    form: &'static str,
    segments: std::str::Split<'a, char>,
    last: &'static str,
}

impl<'a> Parts<'a> {
    pub(super) fn new(
        text: &'a str,
        what: &'static str,
        form: &'static str,
    ) -> Result<Self, IdError> {
        let body = text.strip_prefix('/').unwrap_or(text);
        let body = body.strip_suffix('/').unwrap_or(body);
        let this = Self {
            text,
            what,
            form,
            segments: body.split('/'),
            last: "",
        };
        if text.starts_with('/') {
            Ok(this)
        } else {
            let first = body.split('/').next().unwrap_or_default();
            Err(this.part("/subscriptions", Some(first)))
        }
    }

    pub(super) fn agent(&mut self) -> Result<AgentId, IdError> {
        self.word("subscriptions")?;
        let subscription_id = self.value("subscription ID")?.to_owned();
        self.word("resourceGroups")?;
        let resource_group_name = self.value("resource group name")?.to_owned();
        self.word("providers")?;
        self.word("Microsoft.App")?;
        self.word("agents")?;
        let name = self.value("agent name")?.to_owned();
        Ok(AgentId {
            subscription_id,
            resource_group_name,
            name,
        })
    }

    fn word(&mut self, expected: &'static str) -> Result<(), IdError> {
        match self.segments.next() {
            Some(found) if found.eq_ignore_ascii_case(expected) => {
                self.last = expected;
                Ok(())
            }
            found => Err(self.part(expected, found)),
        }
    }

    pub(super) fn raw(&mut self, part: &'static str) -> Result<&'a str, IdError> {
        self.last = part;
        match self.segments.next() {
            Some(value) if !value.is_empty() => Ok(value),
            _ => Err(self.invalid(part, "is missing".to_owned())),
        }
    }

    pub(super) fn value(&mut self, part: &'static str) -> Result<&'a str, IdError> {
        let value = self.raw(part)?;
        check_value(self.text, self.what, self.form, part, value)?;
        Ok(value)
    }

    pub(super) fn end(&mut self) -> Result<(), IdError> {
        let rest: Vec<&str> = self.segments.by_ref().collect();
        if rest.is_empty() {
            return Ok(());
        }
        Err(IdError::Trailing {
            id: self.text.to_owned(),
            what: self.what,
            rest: format!("/{}", rest.join("/")),
            form: self.form,
        })
    }

    fn part(&self, expected: &'static str, found: Option<&str>) -> IdError {
        IdError::Part {
            id: self.text.to_owned(),
            what: self.what,
            expected,
            position: match self.last {
                "" => "at the beginning".to_owned(),
                last => format!("after the {last}"),
            },
            found: match found {
                None | Some("") => "nothing".to_owned(),
                Some(found) => format!("`{found}`"),
            },
            form: self.form,
        }
    }

    fn invalid(&self, part: &'static str, problem: String) -> IdError {
        IdError::Value {
            id: self.text.to_owned(),
            what: self.what,
            part,
            problem,
            form: self.form,
        }
    }
}
