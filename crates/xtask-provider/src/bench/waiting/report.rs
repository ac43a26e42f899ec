//! The report: the measurements of each contender, side by side.

use std::fmt;

use super::builds::{Contender, Role};

/// The unit of a measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Seconds,
    Requests,
    Megabytes,
}

/// A goal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Reach {
    /// At most so many times the value of the other build.
    OfOther(f64),
    /// At most so many times the value of the other provider.
    OfPeer(f64),
    /// At most this value.
    AtMost(f64),
}

/// One line, with the values of this build and of others.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) what: &'static str,
    pub(super) unit: Unit,
    pub(super) this: f64,
    pub(super) other: Option<f64>,
    pub(super) peer: Option<(Role, f64)>,
    pub(super) reach: &'static [Reach],
}

/// All lines.
#[derive(Debug)]
pub(super) struct Report {
    other: String,
    rows: Vec<Row>,
}

impl Report {
    pub(super) fn new(contenders: &[Contender]) -> Self {
        let other = contenders.iter().find(|one| one.role == Role::Other);
        let other = other.map_or_else(|| "another build".to_owned(), |one| one.name.clone());
        Self {
            other,
            rows: Vec::new(),
        }
    }

    pub(super) fn extend(&mut self, rows: Vec<Row>) {
        self.rows.extend(rows);
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let other = &self.other;
        writeln!(
            f,
            "| | this build | {other} | this of that | others | this of that | reach | reached |"
        )?;
        writeln!(f, "|---|--:|--:|--:|--:|--:|--:|---|")?;
        for row in &self.rows {
            let show = |value: f64| row.unit.show(value);
            let of = |value: f64| format!("{:.2} ×", row.this / value);
            let other = row.other.map(show).unwrap_or_default();
            let of_other = row.other.map(of).unwrap_or_default();
            let peer = row.peer.map(|(role, value)| match role {
                Role::Null => format!("{} (`null_resource`)", show(value)),
                _ => format!("{} (azapi)", show(value)),
            });
            let of_peer = row.peer.map(|(_, value)| of(value)).unwrap_or_default();
            writeln!(
                f,
                "| {} | {} | {other} | {of_other} | {} | {of_peer} | {} | {} |",
                row.what,
                show(row.this),
                peer.unwrap_or_default(),
                row.wanted(),
                row.judgement()
            )?;
        }
        Ok(())
    }
}

impl Row {
    fn wanted(&self) -> String {
        let shown: Vec<String> = self
            .reach
            .iter()
            .map(|reach| match reach {
                Reach::OfOther(limit) => format!("≤ {limit:.2} ×"),
                Reach::OfPeer(limit) => format!("≤ {limit:.2} × of others"),
                Reach::AtMost(limit) => format!("≤ {}", self.unit.show(*limit)),
            })
            .collect();
        shown.join(", ")
    }

    /// Returns whether all goals are reached that can be checked.
    fn judgement(&self) -> &'static str {
        let judged = self.reach.iter().filter_map(|reach| match reach {
            Reach::OfOther(limit) => Some(self.this <= limit * self.other?),
            Reach::OfPeer(limit) => Some(self.this <= limit * self.peer?.1),
            Reach::AtMost(limit) => Some(self.this <= *limit),
        });
        let judged: Vec<bool> = judged.collect();
        match judged.iter().all(|reached| *reached) {
            _ if judged.is_empty() => "",
            true => "yes",
            false => "**no**",
        }
    }
}

impl Unit {
    fn show(self, value: f64) -> String {
        match self {
            Self::Seconds => format!("{value:.2} s"),
            Self::Requests => format!("{value:.0}"),
            Self::Megabytes => format!("{:.1} MB", value / 1e6),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    #[test]
    fn ratios_are_next_to_their_values() {
        let mut report = Report::new(&[Contender {
            role: Role::Other,
            name: "abc1234".to_owned(),
            executable: PathBuf::new(),
        }]);
        let row = |what, other, peer, reach| Row {
            what,
            unit: Unit::Seconds,
            this: 1.5,
            other,
            peer,
            reach,
        };
        report.extend(vec![
            row(
                "plan",
                Some(6.0),
                Some((Role::Azapi, 15.0)),
                &[Reach::OfOther(0.3), Reach::OfPeer(0.1)],
            ),
            row("apply", Some(6.0), None, &[Reach::OfOther(0.2)]),
            row("alone", None, None, &[Reach::OfOther(0.2)]),
        ]);
        let expected = "\
            | | this build | abc1234 | this of that | others | this of that | reach | reached |\n\
            |---|--:|--:|--:|--:|--:|--:|---|\n\
            | plan | 1.50 s | 6.00 s | 0.25 × | 15.00 s (azapi) | 0.10 × | ≤ 0.30 ×, ≤ 0.10 × of others | yes |\n\
            | apply | 1.50 s | 6.00 s | 0.25 × |  |  | ≤ 0.20 × | **no** |\n\
            | alone | 1.50 s |  |  |  |  | ≤ 0.20 × |  |\n";
        assert_eq!(report.to_string(), expected);
    }
}
