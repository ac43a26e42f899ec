//! The results of the clients, as a table and as a page.

use std::fmt::Write as _;

use super::Outcome;

/// Returns a Markdown table: client, version, steps passed, time.
pub(super) fn table(outcomes: &[Outcome]) -> String {
    let mut table = String::from("| Client | Version | Steps passed | Time |\n|---|---|---|---|\n");
    for outcome in outcomes {
        let (passed, time) = match &outcome.skipped {
            Some(reason) => (format!("skipped: {reason}"), "–".to_owned()),
            None => {
                let all = outcome.steps.len();
                let time = format!("{:.0} s", outcome.took.as_secs_f64());
                (format!("{} of {all}", all - outcome.failed()), time)
            }
        };
        // Writing to a string does not fail.
        let _ = writeln!(
            table,
            "| {} | {} | {passed} | {time} |",
            outcome.client, outcome.version
        );
    }
    table
}

/// Returns the page: the table, and the steps of each client.
pub(super) fn page(outcomes: &[Outcome]) -> String {
    let mut page = String::from(
        "# Clients that nobody here wrote\n\n\
         `cargo xtask peers` installs these clients, each in an environment of its own below \
         `target/peers`, and runs\nthem against the emulator, which they reach through its proxy \
         under the hosts of Azure. It writes this page.\nThe provider azapi is the executable \
         that `--azapi` gives: its own life, and the move to azuresre by `moved` blocks.\n\n",
    );
    page.push_str(&table(outcomes));
    for outcome in outcomes.iter().filter(|outcome| outcome.skipped.is_none()) {
        let _ = writeln!(page, "\n## {} {}\n", outcome.client, outcome.version);
        for step in &outcome.steps {
            let failed = if step.failure.is_some() {
                ": failed"
            } else {
                ""
            };
            let _ = writeln!(page, "- {}{failed}", step.step);
        }
    }
    page
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::Step;
    use super::{Outcome, page, table};

    fn outcome(failures: &[Option<&str>]) -> Outcome {
        let step = |failure: &Option<&str>| Step {
            step: "a".to_owned(),
            failure: failure.map(str::to_owned),
        };
        Outcome {
            client: "c".to_owned(),
            version: "1".to_owned(),
            steps: failures.iter().map(step).collect(),
            took: Duration::from_secs(3),
            skipped: None,
        }
    }

    #[test]
    fn failures_do_not_count_and_skips_have_a_reason() {
        let skipped = Outcome::skipped("d", "2", "no Node".to_owned());
        let outcomes = [outcome(&[None, Some("x")]), skipped];
        let table = table(&outcomes);
        assert!(table.contains("| c | 1 | 1 of 2 | 3 s |"), "{table}");
        assert!(
            table.contains("| d | 2 | skipped: no Node | – |"),
            "{table}"
        );
        let page = page(&outcomes);
        assert!(page.contains("- a: failed\n"), "{page}");
        assert!(!page.contains("## d"), "{page}");
    }
}
