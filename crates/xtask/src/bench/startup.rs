//! From the start of the process to the handshake line, and what it weighs then.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

use super::Subject;
use super::memory;
use super::table::{MEGABYTE, MILLISECOND, Row, median};

/// Medians of several starts.
#[derive(Debug)]
pub(super) struct Startup {
    handshake: Duration,
    resident: u64,
}

pub(super) fn measure(subject: &Subject, rounds: u32) -> Result<Startup> {
    let mut handshakes = Vec::new();
    let mut resident = 0;
    for _ in 0..rounds {
        let started = Instant::now();
        let mut child = Command::new(&subject.provider)
            // What every Terraform sets to show that it is one.
            .env(
                "TF_PLUGIN_MAGIC_COOKIE",
                "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2",
            )
            .env("PLUGIN_PROTOCOL_VERSIONS", "6")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let stdout = child
            .stdout
            .take()
            .context("the provider has no standard output")?;
        let mut line = String::new();
        let read = BufReader::new(stdout).read_line(&mut line);
        handshakes.push(started.elapsed());
        let weight = memory::resident(child.id());
        // Ended in any case; the results are looked at afterwards.
        let _ = child.kill();
        child.wait()?;
        read?;
        ensure!(
            line.starts_with("1|6|"),
            "the provider's first line is {line:?}"
        );
        resident = resident.max(weight?);
    }
    Ok(Startup {
        handshake: median(handshakes),
        resident,
    })
}

impl Startup {
    pub(super) fn rows(&self) -> Vec<Row> {
        vec![
            Row::only(
                "start to handshake",
                MILLISECOND.show(self.handshake.as_secs_f64()),
            ),
            Row::at_most(
                "resident memory after it",
                MEGABYTE,
                self.resident as f64,
                20e6,
            ),
        ]
    }
}
