//! Matching of the elements of two lists.

/// Returns, for each wanted element, the index of the first free element that matches. Each test is
/// applied to all elements before the next one, so that a weak match never takes an element from a
/// strong one.
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
    fn strong_matches_come_first() {
        let (wanted, found) = (["x", "b", "c"], ["a", "b", "c", "d"]);
        let equal = |n: usize, m: usize| wanted[n] == found[m];
        let same_place = |n: usize, m: usize| n == m;
        assert_eq!(
            pair(3, 4, &[&equal, &same_place]),
            [Some(0), Some(1), Some(2)]
        );
        // The second element has taken the one at the index of the first.
        let (wanted, found) = (["x", "a"], ["a", "b"]);
        let equal = |n: usize, m: usize| wanted[n] == found[m];
        assert_eq!(pair(2, 2, &[&equal, &same_place]), [None, Some(0)]);
    }
}
