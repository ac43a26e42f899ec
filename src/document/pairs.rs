//! Which element of one list belongs to which of another.

/// For each of so many wanted elements, the found one that it belongs to: of those that no other has
/// taken, the first that fits. Tests that tell more come before those that tell less, for all
/// elements, so that no element takes what is another's beyond doubt.
pub(super) fn pair(
    wanted: usize,
    found: usize,
    tests: &[&dyn Fn(usize, usize) -> bool],
) -> Vec<Option<usize>> {
    let mut pairs = vec![None; wanted];
    let mut free: Vec<usize> = (0..found).collect();
    for fits in tests {
        for (n, pair) in pairs.iter_mut().enumerate() {
            if pair.is_none() {
                let place = free.iter().position(|found| fits(n, *found));
                *pair = place.map(|place| free.remove(place));
            }
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sure_comes_first() {
        let (wanted, found) = (["x", "b", "c"], ["a", "b", "c", "d"]);
        let equal = |n: usize, m: usize| wanted[n] == found[m];
        let same_place = |n: usize, m: usize| n == m;
        assert_eq!(
            pair(3, 4, &[&equal, &same_place]),
            [Some(0), Some(1), Some(2)]
        );
        // The second has taken what is in the place of the first.
        let (wanted, found) = (["x", "a"], ["a", "b"]);
        let equal = |n: usize, m: usize| wanted[n] == found[m];
        assert_eq!(pair(2, 2, &[&equal, &same_place]), [None, Some(0)]);
    }
}
