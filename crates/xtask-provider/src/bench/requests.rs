//! The number of requests for one object.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, bail};
use test_support::EmulatorProcess;

use super::Subject;
use super::load::Skills;
use super::table::Row;

/// The requests for one skill, by operation.
#[derive(Debug)]
pub(super) struct Requests {
    create: Methods,
    refresh: Methods,
    update: Methods,
    delete: Methods,
}

/// The number of requests by method.
type Methods = BTreeMap<String, usize>;

pub(super) fn measure(subject: &Subject) -> Result<Requests> {
    let emulator = subject.start_emulator()?;
    let mut skills = Skills::new(subject, &emulator)?;
    // A refresh would add the requests for reading to those for writing.
    let write_only = ["-refresh=false"];
    let mut counter = Counter::new(&emulator)?;

    skills.count(1);
    skills.workspace().apply_with(&write_only)?;
    let create = counter.next()?;
    skills.workspace().plan()?.expect_empty()?;
    let refresh = counter.next()?;
    skills.text("changed");
    skills.workspace().apply_with(&write_only)?;
    let update = counter.next()?;
    skills.count(0);
    skills.workspace().apply_with(&write_only)?;
    let delete = counter.next()?;
    Ok(Requests {
        create,
        refresh,
        update,
        delete,
    })
}

impl Requests {
    pub(super) fn rows(&self) -> Vec<Row> {
        let row = |operation: &str, methods: &Methods, reach: &str, reached: bool| {
            Row::judged(
                &format!("requests per {operation}"),
                show(methods),
                reach,
                reached,
            )
        };
        let gets = |methods: &Methods| methods.get("GET").copied().unwrap_or_default();
        let writes = |methods: &Methods| methods.values().sum::<usize>() - gets(methods);
        vec![
            row(
                "create",
                &self.create,
                "guard GET + write (+ read-back)",
                gets(&self.create) <= 2 && writes(&self.create) == 1,
            ),
            row(
                "refresh",
                &self.refresh,
                "1 GET",
                gets(&self.refresh) == 1 && writes(&self.refresh) == 0,
            ),
            row(
                "update",
                &self.update,
                "GET + write",
                gets(&self.update) == 1 && writes(&self.update) == 1,
            ),
            Row::only("requests per delete", show(&self.delete)),
        ]
    }
}

fn show(methods: &Methods) -> String {
    let parts: Vec<String> = methods
        .iter()
        .map(|(method, count)| format!("{count} {method}"))
        .collect();
    if parts.is_empty() {
        "none".to_owned()
    } else {
        parts.join(" + ")
    }
}

/// Counts the requests for skills since the previous count.
#[derive(Debug)]
struct Counter<'a> {
    emulator: &'a EmulatorProcess,
    seen: usize,
}

impl<'a> Counter<'a> {
    fn new(emulator: &'a EmulatorProcess) -> Result<Self> {
        let mut counter = Self { emulator, seen: 0 };
        counter.next()?;
        Ok(counter)
    }

    fn next(&mut self) -> Result<Methods> {
        let log = self.emulator.get("requests")?;
        let all = log
            .as_array()
            .context("the emulator's answer is no list of requests")?;
        let new = all
            .get(self.seen..)
            .context("the emulator has forgotten requests")?;
        self.seen = all.len();
        let mut methods = Methods::new();
        for record in new {
            let (Some(method), Some(path)) = (record["method"].as_str(), record["path"].as_str())
            else {
                bail!("a record of a request has no method or no path: {record}");
            };
            if path.to_lowercase().contains("/skills") {
                *methods.entry(method.to_owned()).or_default() += 1;
            }
        }
        Ok(methods)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn methods(counts: &[(&str, usize)]) -> Methods {
        counts
            .iter()
            .map(|(method, count)| ((*method).to_owned(), *count))
            .collect()
    }

    #[test]
    fn methods_are_shown_with_their_counts() {
        assert_eq!(show(&methods(&[("PUT", 1), ("GET", 2)])), "2 GET + 1 PUT");
        assert_eq!(show(&Methods::new()), "none");
    }

    #[test]
    fn one_request_too_many_misses_the_goal() {
        let frugal = methods(&[("GET", 1), ("PUT", 1)]);
        let requests = |update: Methods| Requests {
            create: frugal.clone(),
            refresh: methods(&[("GET", 1)]),
            update,
            delete: Methods::new(),
        };
        let judged = |requests: Requests| {
            let mut table = super::super::table::Table::default();
            table.extend(requests.rows());
            table.to_string().matches("**no**").count()
        };
        assert_eq!(judged(requests(frugal.clone())), 0);
        assert_eq!(judged(requests(methods(&[("GET", 2), ("PUT", 1)]))), 1);
    }
}
