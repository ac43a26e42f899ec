//! Sets: no order, no duplicates.

use super::Value;

/// The elements of a set, in a canonical order.
///
/// Equal elements count once. Elements with unknown parts are kept separate even if they look the
/// same, because they may turn out to differ. Terraform does the same.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Set(Vec<Value>);

impl Set {
    /// Returns the number of elements.
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns whether the set is empty.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Iterates over the elements.
    pub fn iter(&self) -> std::slice::Iter<'_, Value> {
        self.0.iter()
    }
}

impl FromIterator<Value> for Set {
    fn from_iter<I: IntoIterator<Item = Value>>(items: I) -> Self {
        let mut items: Vec<Value> = items.into_iter().collect();
        items.sort();
        items.dedup_by(|one, other| one == other && one.is_wholly_known());
        Self(items)
    }
}

impl IntoIterator for Set {
    type Item = Value;
    type IntoIter = std::vec::IntoIter<Value>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a Set {
    type Item = &'a Value;
    type IntoIter = std::slice::Iter<'a, Value>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_and_duplicates_do_not_count() {
        let one: Set = ["b", "a", "b"].map(Value::from).into_iter().collect();
        let other: Set = ["a", "b"].map(Value::from).into_iter().collect();
        assert_eq!(one, other);
    }

    #[test]
    fn unknown_elements_stay_apart() {
        let set: Set = [Value::Unknown, Value::Unknown].into_iter().collect();
        assert_eq!(set.len(), 2);
    }
}
