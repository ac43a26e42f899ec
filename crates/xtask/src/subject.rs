//! What is measured: release builds of the provider and the emulator, and one host.

use std::path::PathBuf;

use anyhow::Result;
use test_support::binaries::{self, Binary};
use test_support::{EmulatorProcess, Host};

use crate::progress::Progress;

#[derive(Debug)]
pub(crate) struct Subject {
    pub(crate) provider: PathBuf,
    pub(crate) emulator: PathBuf,
    pub(crate) host: Host,
}

impl Subject {
    /// Builds and finds everything, as a step of its own.
    pub(crate) fn prepare(progress: &mut Progress) -> Result<Self> {
        progress.step(
            "build provider and emulator, find Terraform",
            |subject: &Self| subject.host.to_string(),
            || {
                Ok(Self {
                    provider: binaries::with_profile(Binary::Provider, "release")?,
                    emulator: binaries::with_profile(Binary::Emulator, "release")?,
                    host: Host::default_host()?,
                })
            },
        )
    }

    pub(crate) fn start_emulator(&self) -> Result<EmulatorProcess> {
        EmulatorProcess::start_binary(&self.emulator, &[])
    }
}
