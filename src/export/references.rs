//! References to other objects in place of their names, as long as they are not circular.

use std::collections::{BTreeMap, BTreeSet};

/// The exported objects and their references.
#[derive(Debug, Default)]
pub(super) struct References {
    addresses: Vec<String>,
    named: BTreeMap<(&'static str, String), usize>,
    refers_to: Vec<BTreeSet<usize>>,
}

impl References {
    /// Adds an object with its address, such as `azuresre_skill.triage`. Other objects can refer to
    /// it by its kind and name, if given. Returns its number.
    pub(super) fn add(&mut self, address: String, name: Option<(&'static str, &str)>) -> usize {
        let number = self.addresses.len();
        self.addresses.push(address);
        self.refers_to.push(BTreeSet::new());
        if let Some((kind, name)) = name {
            self.named.insert((kind, name.to_owned()), number);
        }
        number
    }

    /// Returns the address of an object.
    pub(super) fn address(&self, number: usize) -> &str {
        self.addresses.get(number).map_or("", String::as_str)
    }

    /// Returns a reference to an attribute of another object, or `None` if that would be circular.
    pub(super) fn to(&mut self, from: usize, to: usize, attribute: &str) -> Option<String> {
        if self.leads(to, from) {
            return None;
        }
        self.refers_to.get_mut(from)?.insert(to);
        Some(format!("{}.{attribute}", self.address(to)))
    }

    /// Returns a reference to the name of another object. Returns `None` if there is no object with
    /// exactly this name, or if the reference would be circular.
    pub(super) fn name_of(
        &mut self,
        from: usize,
        kind: &'static str,
        name: &str,
    ) -> Option<String> {
        let to = *self.named.get(&(kind, name.to_owned()))?;
        self.to(from, to, "name")
    }

    /// Returns whether references lead from one object to another. An object leads to itself.
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
    fn references_are_not_circular() {
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
