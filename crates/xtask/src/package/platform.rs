//! The platforms of packages, and the requirements for their executables.

use std::fmt;
use std::str::FromStr;

use anyhow::{Context as _, Error, Result, bail, ensure};
use object::read::elf::{FileHeader as _, ProgramHeader as _};
use object::{Architecture, BinaryFormat, Object as _, elf};

/// A platform, as registries and as Rust name it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Platform {
    os: &'static str,
    arch: &'static str,
    pub(super) triple: &'static str,
}

/// All platforms, in the order of their names.
pub(crate) const ALL: [Platform; 5] = [
    Platform::new("darwin", "amd64", "x86_64-apple-darwin"),
    Platform::new("darwin", "arm64", "aarch64-apple-darwin"),
    Platform::new("linux", "amd64", "x86_64-unknown-linux-musl"),
    Platform::new("linux", "arm64", "aarch64-unknown-linux-musl"),
    Platform::new("windows", "amd64", "x86_64-pc-windows-gnu"),
];

impl Platform {
    const fn new(os: &'static str, arch: &'static str, triple: &'static str) -> Self {
        Self { os, arch, triple }
    }

    /// Returns the platform of this process.
    pub(super) fn host() -> Option<Self> {
        let os = match std::env::consts::OS {
            "macos" => "darwin",
            os => os,
        };
        let arch = match std::env::consts::ARCH {
            "x86_64" => "amd64",
            "aarch64" => "arm64",
            arch => arch,
        };
        ALL.into_iter().find(|one| (one.os, one.arch) == (os, arch))
    }

    /// Returns the operating system, as registries name it.
    pub(super) fn os(self) -> &'static str {
        self.os
    }

    /// Returns the extension of executables, including the dot.
    pub(super) fn extension(self) -> &'static str {
        match self.os {
            "windows" => ".exe",
            _ => "",
        }
    }

    /// Returns whether zig includes everything that linking needs. For macOS, the frameworks are
    /// missing.
    pub(super) fn is_built_with_zig(self) -> bool {
        self.os != "darwin"
    }

    /// Returns the program that runs executables of this platform on another one, if there is one.
    pub(super) fn emulator(self) -> Option<&'static str> {
        match (self.os, self.arch) {
            ("linux", "arm64") => Some("qemu-aarch64"),
            ("linux", "amd64") => Some("qemu-x86_64"),
            _ => None,
        }
    }

    /// Returns why this platform cannot be built here, if it cannot.
    pub(super) fn obstacle(self) -> Option<&'static str> {
        (self.os == "darwin" && !cfg!(target_os = "macos")).then_some(
            "needs macOS: the certificates and the proxies of the system are asked through its \
             frameworks Security, CoreFoundation and SystemConfiguration, which come with Xcode alone \
             and may not be passed on",
        )
    }

    /// Fails if an executable is not for this platform, or needs libraries that some systems lack.
    pub(super) fn check(self, executable: &[u8]) -> Result<()> {
        let file = object::File::parse(executable).context("it is no executable")?;
        let (format, architecture) = match (self.os, self.arch) {
            ("linux", "arm64") => (BinaryFormat::Elf, Architecture::Aarch64),
            ("linux", _) => (BinaryFormat::Elf, Architecture::X86_64),
            ("darwin", "arm64") => (BinaryFormat::MachO, Architecture::Aarch64),
            ("darwin", _) => (BinaryFormat::MachO, Architecture::X86_64),
            _ => (BinaryFormat::Pe, Architecture::X86_64),
        };
        ensure!(
            (file.format(), file.architecture()) == (format, architecture),
            "it is {:?} for {:?}, not {format:?} for {architecture:?}",
            file.format(),
            file.architecture()
        );
        match format {
            BinaryFormat::Elf => check_static(executable),
            BinaryFormat::Pe => check_imports(&file),
            _ => Ok(()),
        }
    }
}

/// Fails if an executable has a program header with a dynamic linker.
fn check_static(executable: &[u8]) -> Result<()> {
    let header = elf::FileHeader64::<object::Endianness>::parse(executable)?;
    let endian = header.endian()?;
    let segments = header.program_headers(endian, executable)?;
    let linked = segments
        .iter()
        .any(|segment| segment.p_type(endian) == elf::PT_INTERP);
    ensure!(!linked, "it is linked dynamically");
    Ok(())
}

/// Fails if an executable imports the runtime of MinGW, which is not part of Windows.
fn check_imports(file: &object::File<'_>) -> Result<()> {
    for import in file.imports()? {
        let library = String::from_utf8_lossy(import.library()).to_lowercase();
        let foreign = ["libgcc", "libstdc++", "libwinpthread", "libunwind"];
        if foreign.iter().any(|name| library.starts_with(name)) {
            bail!("it needs {library}, which is no part of Windows");
        }
    }
    Ok(())
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}", self.os, self.arch)
    }
}

impl FromStr for Platform {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let known = ALL.map(|platform| platform.to_string());
        ALL.into_iter()
            .find(|platform| platform.to_string() == text)
            .with_context(|| format!("`{text}` is none of {}", known.join(", ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn platforms_round_trip_through_text() {
        for platform in ALL {
            assert_eq!(platform.to_string().parse::<Platform>().unwrap(), platform);
        }
        let error = "linux_386".parse::<Platform>().unwrap_err().to_string();
        assert!(error.contains("linux_arm64"), "{error}");
    }

    #[test]
    fn executable_of_another_platform_is_refused() {
        let own = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        for platform in ALL {
            if Some(platform) != Platform::host() {
                assert!(platform.check(&own).is_err(), "{platform}");
            }
        }
        assert!(ALL[0].check(b"#!/bin/sh\n").is_err());
    }

    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    #[test]
    fn executable_that_needs_a_dynamic_linker_is_refused() {
        let own = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        let error = Platform::host().unwrap().check(&own).unwrap_err();
        assert!(error.to_string().contains("dynamically"), "{error}");
    }
}
