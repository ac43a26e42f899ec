//! Objects that are named in others: references in place of their names, as long as they make no circle.

use std::collections::{BTreeMap, BTreeSet};

/// The objects that are exported, and which of them refer to which.
#[derive(Debug, Default)]
pub(super) struct References {
    addresses: Vec<String>,
    named: BTreeMap<(&'static str, String), usize>,
    refers_to: Vec<BTreeSet<usize>>,
}

impl References {
    /// Adds an object with its address, such as `azuresre_skill.triage`, and its kind and name if others may name it.
    /// Its number.
    pub(super) fn add(&mut self, address: String, name: Option<(&'static str, &str)>) -> usize {
        let number = self.addresses.len();
        self.addresses.push(address);
        self.refers_to.push(BTreeSet::new());
        if let Some((kind, name)) = name {
            self.named.insert((kind, name.to_owned()), number);
        }
        number
    }

    /// The address of an object.
    pub(super) fn address(&self, number: usize) -> &str {
        self.addresses.get(number).map_or("", String::as_str)
    }

    /// A reference from an object to the attribute of another one; none if that would close a circle.
    pub(super) fn to(&mut self, from: usize, to: usize, attribute: &str) -> Option<String> {
        if self.leads(to, from) {
            return None;
        }
        self.refers_to.get_mut(from)?.insert(to);
        Some(format!("{}.{attribute}", self.address(to)))
    }

    /// A reference from an object to the name of another one, which is exactly this; none if there is no such object, or
    /// if that would close a circle.
    pub(super) fn name_of(
        &mut self,
        from: usize,
        kind: &'static str,
        name: &str,
    ) -> Option<String> {
        let to = *self.named.get(&(kind, name.to_owned()))?;
        self.to(from, to, "name")
    }

    /// Whether references lead from one object to another, which they do to itself.
    fn leads(&self, from: usize, to: usize) -> bool {
        let mut seen = BTreeSet::from([from]);
        let mut open = vec![from];
        while let Some(next) = open.pop() {
            if next == to {
                return true;
            }
            let further = self.refers_to.get(next).into_iter().flatten();
            open.extend(further.filter(|further| seen.insert(**further)));
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_make_no_circle() {
        let mut references = References::default();
        let [a, b, c] = ["a", "b", "c"].map(|name| {
            let address = format!("azuresre_subagent.{name}");
            references.add(address, Some(("subagent", name)))
        });
        let mut to = |from, name| references.name_of(from, "subagent", name);
        assert_eq!(to(a, "b").as_deref(), Some("azuresre_subagent.b.name"));
        assert_eq!(to(b, "c").as_deref(), Some("azuresre_subagent.c.name"));
        assert_eq!(to(c, "a"), None);
        assert_eq!(to(a, "a"), None);
        assert_eq!(to(a, "c").as_deref(), Some("azuresre_subagent.c.name"));
        assert_eq!(to(a, "C"), None);
        assert_eq!(references.name_of(a, "skill", "b"), None);
    }
}
