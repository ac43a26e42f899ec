//! The report: a Markdown table of measurements and goals.

use std::fmt;
use std::time::Duration;

/// The unit of sizes: 10⁶ bytes.
pub(super) const MEGABYTE: Unit = Unit {
    name: "MB",
    scale: 1e6,
};
/// The unit of times.
pub(super) const MILLISECOND: Unit = Unit {
    name: "ms",
    scale: 1e-3,
};
/// The unit of ratios of two times.
pub(super) const RATIO: Unit = Unit {
    name: "×",
    scale: 1.0,
};

/// A unit: its name, and its size in base units (bytes, seconds, one).
#[derive(Clone, Copy, Debug)]
pub(super) struct Unit {
    name: &'static str,
    scale: f64,
}

/// One line of the report.
#[derive(Clone, Debug)]
pub(super) struct Row {
    what: String,
    measured: String,
    reach: String,
    reached: Option<bool>,
}

/// All lines.
#[derive(Debug, Default)]
pub(super) struct Table(Vec<Row>);

impl Row {
    /// Creates a row whose goal is reached if it is not above a limit. Both values are in base
    /// units.
    pub(super) fn at_most(what: &str, unit: Unit, measured: f64, limit: f64) -> Self {
        Self {
            what: what.to_owned(),
            measured: unit.show(measured),
            reach: format!("≤ {}", unit.show_limit(limit)),
            reached: Some(measured <= limit),
        }
    }

    /// Creates a row without a goal.
    pub(super) fn only(what: &str, measured: impl Into<String>) -> Self {
        Self {
            what: what.to_owned(),
            measured: measured.into(),
            reach: String::new(),
            reached: None,
        }
    }

    /// Creates a row for which the caller decides whether the goal is reached.
    pub(super) fn judged(what: &str, measured: String, reach: &str, reached: bool) -> Self {
        let (what, reach) = (what.to_owned(), reach.to_owned());
        Self {
            what,
            measured,
            reach,
            reached: Some(reached),
        }
    }
}

impl Table {
    pub(super) fn push(&mut self, row: Row) {
        self.0.push(row);
    }

    pub(super) fn extend(&mut self, rows: impl IntoIterator<Item = Row>) {
        self.0.extend(rows);
    }
}

impl Unit {
    /// Formats a value in base units in this unit.
    pub(super) fn show(self, value: f64) -> String {
        let value = value / self.scale;
        let decimals = if value < 100.0 { 2 } else { 0 };
        format!("{value:.decimals$} {}", self.name)
    }

    fn show_limit(self, value: f64) -> String {
        format!("{} {}", value / self.scale, self.name)
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| | measured | reach | reached |")?;
        writeln!(f, "|---|--:|--:|---|")?;
        for row in &self.0 {
            let reached = match row.reached {
                Some(true) => "yes",
                Some(false) => "**no**",
                None => "",
            };
            let Row {
                what,
                measured,
                reach,
                ..
            } = row;
            writeln!(f, "| {what} | {measured} | {reach} | {reached} |")?;
        }
        Ok(())
    }
}

/// Returns the median. For an even number of times, the larger of the two in the middle.
pub(super) fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_marks_goals_that_were_not_reached() {
        let mut table = Table::default();
        table.push(Row::at_most("size", MEGABYTE, 16.25e6, 15e6));
        table.push(Row::at_most("time", MILLISECOND, 0.012, 0.02));
        table.push(Row::only("plan", "123 s"));
        let expected = "\
            | | measured | reach | reached |\n\
            |---|--:|--:|---|\n\
            | size | 16.25 MB | ≤ 15 MB | **no** |\n\
            | time | 12.00 ms | ≤ 20 ms | yes |\n\
            | plan | 123 s |  |  |\n";
        assert_eq!(table.to_string(), expected);
    }

    #[test]
    fn median_is_the_middle_time() {
        let times = [9, 1, 5].map(Duration::from_secs).to_vec();
        assert_eq!(median(times), Duration::from_secs(5));
    }
}
