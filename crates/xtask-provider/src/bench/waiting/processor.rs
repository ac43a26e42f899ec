//! The processor time of commands that have ended.

use std::fs;
use std::time::Duration;

use anyhow::{Context as _, Result};

/// The number of ticks per second that Linux reports, on every machine.
const TICKS: f64 = 100.0;

/// Returns the processor time of all ended child processes of this process, including their own
/// children. Linux only.
pub(super) fn of_children() -> Result<Duration> {
    let path = "/proc/self/stat";
    let stat = fs::read_to_string(path).with_context(|| format!("cannot read {path}"))?;
    children(&stat).with_context(|| format!("{path} does not tell the time of children"))
}

/// Parses the fields 16 and 17. The second field is the name of the program, which may contain any
/// character.
fn children(stat: &str) -> Option<Duration> {
    let (_, behind) = stat.rsplit_once(')')?;
    let ticks = behind.split_whitespace().skip(13).take(2);
    let ticks: Vec<u32> = ticks.map_while(|ticks| ticks.parse().ok()).collect();
    let [user, system] = ticks[..] else {
        return None;
    };
    Some(Duration::from_secs_f64(
        (f64::from(user) + f64::from(system)) / TICKS,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_of_children_is_parsed_after_the_name() {
        let stat = "7 (a b) c) S 1 7 7 0 -1 4194304 100 200 0 0 11 12 250 50 20 0 1 0 9 0 0";
        assert_eq!(children(stat), Some(Duration::from_secs(3)));
        assert_eq!(children("7 (a) S 1 7"), None);
    }
}
