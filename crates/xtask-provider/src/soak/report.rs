//! The report: a Markdown table with one line for each run.

use std::fmt;

use super::{Outcome, Phase, Scenario};

/// The maximum memory of the provider, in bytes.
const MEMORY: u64 = 60_000_000;

/// All lines.
#[derive(Debug, Default)]
pub(super) struct Report(Vec<String>);

impl Report {
    pub(super) fn add(&mut self, scenario: Scenario, outcome: &Outcome) {
        let Outcome {
            apply,
            plan,
            change,
            destroy,
            requests,
            refused,
        } = outcome;
        let times = [apply, plan, change, destroy].map(Phase::seconds);
        let memory = [apply, plan, change, destroy].map(Phase::megabytes);
        let most = outcome.memory();
        self.0.push(format!(
            "| {} | {} | {} | {} | {} | {requests} | {refused} | {}{} |",
            scenario.agents,
            scenario.objects,
            scenario.parallelism,
            match scenario.requests_per_second {
                0 => "none".to_owned(),
                limit => format!("{limit}/s"),
            },
            times.join(" / "),
            memory.join(" / "),
            if most > MEMORY { " **too much**" } else { "" },
        ));
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "| agents | objects | parallelism | limit | apply / plan / change / destroy, s | requests \
             | of them 429 | memory in the same, MB |"
        )?;
        writeln!(f, "|--:|--:|--:|--:|--:|--:|--:|--:|")?;
        self.0.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            agents,
            objects,
            parallelism,
            requests_per_second,
        } = self;
        write!(
            f,
            "{objects} objects, {agents} agents, {parallelism} at a time"
        )?;
        match requests_per_second {
            0 => Ok(()),
            limit => write!(f, ", {limit} requests a second"),
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            requests, refused, ..
        } = self;
        let megabytes = self.memory() as f64 / 1e6;
        write!(
            f,
            "{requests} requests, {refused} refused, {megabytes:.1} MB"
        )
    }
}

impl Outcome {
    /// Returns the maximum memory in bytes.
    fn memory(&self) -> u64 {
        let phases = [self.apply, self.plan, self.change, self.destroy];
        phases
            .map(|phase| phase.memory)
            .into_iter()
            .max()
            .unwrap_or_default()
    }
}

impl Phase {
    fn seconds(&self) -> String {
        format!("{:.0}", self.elapsed.as_secs_f64())
    }

    fn megabytes(&self) -> String {
        format!("{:.0}", self.memory as f64 / 1e6)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn phase(seconds: u64, megabytes: u64) -> Phase {
        Phase {
            elapsed: Duration::from_secs(seconds),
            memory: megabytes * 1_000_000,
        }
    }

    #[test]
    fn memory_beyond_the_limit_is_marked() {
        let scenario = Scenario {
            agents: 1,
            objects: 500,
            parallelism: 50,
            requests_per_second: 10,
        };
        let outcome = |most| Outcome {
            apply: phase(100, 20),
            plan: phase(50, 20),
            change: phase(100, most),
            destroy: phase(150, 20),
            requests: 4000,
            refused: 900,
        };
        let mut report = Report::default();
        report.add(scenario, &outcome(30));
        report.add(scenario, &outcome(61));
        let lines = report.to_string();
        let line =
            "| 1 | 500 | 50 | 10/s | 100 / 50 / 100 / 150 | 4000 | 900 | 20 / 20 / 30 / 20 |";
        assert!(lines.contains(line), "{lines}");
        assert_eq!(lines.matches("too much").count(), 1, "{lines}");
    }
}
