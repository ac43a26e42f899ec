//! The memory of processes, read from `/proc`.

use std::fs;
use std::path::Path;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context as _, Result};

/// How often a watched process is checked. Its peak only grows, so little is missed.
const INTERVAL: Duration = Duration::from_millis(20);

/// Returns the physical memory of a process now, in bytes. Linux only.
pub(crate) fn resident(pid: u32) -> Result<u64> {
    member_of(pid, "VmRSS")
}

/// Returns the peak physical memory of a process so far, in bytes. Linux only.
pub(crate) fn highest_of(pid: u32) -> Result<u64> {
    member_of(pid, "VmHWM")
}

fn member_of(pid: u32, name: &str) -> Result<u64> {
    let path = format!("/proc/{pid}/status");
    let status = fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?;
    member(&status, name).with_context(|| format!("{path} has no {name}"))
}

/// Watches all processes of one executable.
#[derive(Debug)]
pub(crate) struct Watch {
    stop: Sender<()>,
    thread: JoinHandle<u64>,
}

impl Watch {
    /// Starts to watch processes whose executable has this file name.
    pub(crate) fn start(name: String) -> Self {
        let (stop, stopped) = mpsc::channel::<()>();
        let thread = thread::spawn(move || {
            let mut peak = 0;
            while stopped.recv_timeout(INTERVAL) == Err(RecvTimeoutError::Timeout) {
                peak = peak.max(highest(&name));
            }
            peak
        });
        Self { stop, thread }
    }

    /// Returns the peak physical memory of any of them, in bytes.
    pub(crate) fn peak(self) -> Result<u64> {
        drop(self.stop);
        let peak = self.thread.join().ok().filter(|peak| *peak > 0);
        peak.context("no process of the provider was seen; memory can be read on Linux only")
    }
}

fn highest(name: &str) -> u64 {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    processes
        .filter(|process| runs(&process.path(), name))
        .filter_map(|process| fs::read_to_string(process.path().join("status")).ok())
        .filter_map(|status| member(&status, "VmHWM"))
        .max()
        .unwrap_or_default()
}

fn runs(process: &Path, name: &str) -> bool {
    fs::read_link(process.join("exe")).is_ok_and(|exe| exe.ends_with(name))
}

/// `VmRSS:     1234 kB` → bytes
fn member(status: &str, name: &str) -> Option<u64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_read_in_bytes() {
        let status = "Name:\tx\nVmHWM:\t   2048 kB\nVmRSS:\t   1024 kB\n";
        assert_eq!(member(status, "VmRSS"), Some(1024 * 1024));
        assert_eq!(member(status, "VmHWM"), Some(2048 * 1024));
        assert_eq!(member(status, "VmSwap"), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn running_process_is_found_by_its_executable() {
        let exe = std::env::current_exe().unwrap();
        let name = exe.file_name().unwrap().to_str().unwrap();
        assert!(highest(name) >= resident(std::process::id()).unwrap() / 2);
        assert_eq!(highest("no-such-executable"), 0);
    }
}
