//! Numbered steps on the terminal, each with the time it took.
#![allow(clippy::print_stdout, reason = "commands report to the terminal")]

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

/// Reports steps as they begin and end.
#[derive(Debug)]
pub struct Progress {
    started: Instant,
    step: usize,
}

impl Progress {
    /// Starts without any step done.
    pub fn start() -> Self {
        Self {
            started: Instant::now(),
            step: 0,
        }
    }

    /// Runs one step. Prints its name before, and the `summary` of its result after it.
    pub fn step<T>(
        &mut self,
        name: &str,
        summary: impl FnOnce(&T) -> String,
        work: impl FnOnce() -> Result<T>,
    ) -> Result<T> {
        self.step += 1;
        println!("{:>2}. {name}", self.step);
        let started = Instant::now();
        let result = work().with_context(|| format!("step {} failed: {name}", self.step))?;
        let summary = summary(&result);
        let gap = if summary.is_empty() || summary.starts_with('\n') {
            ""
        } else {
            ", "
        };
        println!("    {}{gap}{summary}", seconds(started.elapsed()));
        Ok(result)
    }

    /// Returns the time since the start, as text.
    pub fn elapsed(&self) -> String {
        seconds(self.started.elapsed())
    }
}

/// Returns an empty summary, for steps whose duration is enough.
pub fn nothing_to_say<T>(_: &T) -> String {
    String::new()
}

fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}
