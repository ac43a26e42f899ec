//! `cargo xtask package`: the files for registries, for air-gapped users, and the emulator.
//!
//! Two runs at one commit with one toolchain produce the same bytes, except for signatures.

mod archive;
mod build;
mod check;
mod image;
mod licences;
mod mirror;
mod platform;
mod sbom;
mod sums;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use clap::Args;
use test_support::binaries::Binary;
use test_support::progress::{Progress, nothing_to_say};
use test_support::{hosts, target_dir, workspace_dir};

use self::archive::Files;
use self::mirror::Package;
use self::platform::{ALL, Platform};
use self::sums::Signer;
use crate::toolchain::require_c_compiler;

/// The version of this workspace.
const VERSION: &str = env!("CARGO_PKG_VERSION");

#[derive(Args, Debug)]
pub(crate) struct Options {
    /// A platform such as linux_amd64 [default: all that can be built here]. May be repeated
    #[arg(long = "platform", value_name = "OS_ARCH")]
    platforms: Vec<Platform>,

    /// Do not sign. Otherwise AZURESRE_SIGNING_KEY contains the armored private key, and
    /// AZURESRE_SIGNING_PASSPHRASE its passphrase
    #[arg(long)]
    unsigned: bool,

    /// The tag of the release. Fails unless it is `v` followed by the version of the workspace
    #[arg(long, value_name = "TAG")]
    tag: Option<String>,

    /// The directory to write, whose content is removed first [default: target/package]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    // Checks that can fail early come before the build.
    if let Some(tag) = &options.tag {
        ensure!(
            tag.strip_prefix('v') == Some(VERSION),
            "the tag is {tag}, and the version of the workspace is {VERSION}"
        );
    }
    let signer = signer(options.unsigned)?;
    let platforms = platforms(&options.platforms)?;
    require_c_compiler()?;
    let out = options
        .out
        .clone()
        .unwrap_or_else(|| target_dir().join("package"));
    let mut progress = Progress::start();
    let made = progress.step("prepare", |()| out.display().to_string(), || empty(&out));
    made?;

    let mut packages = Vec::new();
    let mut emulators = Vec::new();
    for platform in platforms {
        let built = progress.step(&format!("build for {platform}"), nothing_to_say, || {
            build::build(platform)
        })?;
        let bills = progress.step("list what is in it", nothing_to_say, || {
            sbom::both(platform)
        })?;
        for ((program, path), (_, bill)) in built.into_iter().zip(bills) {
            let package = progress.step(
                &format!("pack {}", program.name()),
                |(package, how): &(Package, String)| format!("{} bytes, {how}", package.zip.len()),
                || pack(program, platform, &path),
            )?;
            let name = archive_name(program.name(), &package.0.platform);
            write(&out.join(&name), &package.0.zip)?;
            write(
                &out.join(name.replace(".zip", ".cdx.json")),
                bill.as_bytes(),
            )?;
            match program {
                Binary::Provider => packages.push(package.0),
                Binary::Emulator => emulators.push(package.0),
            }
        }
    }
    progress.step("write mirrors", nothing_to_say, || {
        mirror::write_unpacked(&out.join("filesystem-mirror"), &packages)?;
        mirror::write_packed(&out.join("network-mirror"), &packages)
    })?;
    progress.step("write the image of the emulator", nothing_to_say, || {
        let dir = out.join(format!("{}-image", Binary::Emulator.name()));
        image::write(&dir, Binary::Emulator.name(), &emulators)
    })?;
    progress.step("write digests", nothing_to_say, || {
        write_sums(&out, signer.as_ref())
    })?;
    try_out(&mut progress, &out, &emulators)?;
    report(&out, signer.is_some());
    Ok(())
}

/// Returns the name of an archive: `terraform-provider-azuresre_0.1.0_linux_amd64.zip`.
fn archive_name(program: &str, platform: &str) -> String {
    format!("{program}_{VERSION}_{platform}.zip")
}

fn signer(unsigned: bool) -> Result<Option<Signer>> {
    if unsigned {
        return Ok(None);
    }
    match Signer::from_env()? {
        Some(signer) => Ok(Some(signer)),
        None => bail!(
            "there is no key to sign with: put an armored private key into {}, or pass --unsigned \
             for packages that no registry takes",
            sums::KEY
        ),
    }
}

/// Returns the platforms to build for. Fails if a requested one cannot be built here. Others are
/// omitted.
fn platforms(asked: &[Platform]) -> Result<Vec<Platform>> {
    for platform in asked {
        if let Some(obstacle) = platform.obstacle() {
            bail!("{platform} {obstacle}");
        }
    }
    if !asked.is_empty() {
        return Ok(asked.to_vec());
    }
    let here = ALL.into_iter().filter(|one| one.obstacle().is_none());
    Ok(here.collect())
}

fn pack(program: Binary, platform: Platform, path: &Path) -> Result<(Package, String)> {
    let content = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    platform
        .check(&content)
        .with_context(|| format!("{} is not as it should be", path.display()))?;
    if program == Binary::Provider {
        check::size(&content)?;
    }
    let how = check::version(platform, path)?;
    let mut files = Files::executable(executable_name(program, platform), content);
    for name in ["LICENSE-APACHE", "LICENSE-MIT", "CHANGELOG.md"] {
        let path = workspace_dir().join(name);
        let content = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        files.add(name, content);
    }
    let readme = match program {
        Binary::Provider => "README.md",
        Binary::Emulator => "crates/emulator/README.md",
    };
    let readme = workspace_dir().join(readme);
    files.add("README.md", fs::read(&readme)?);
    let licences = licences::text(program, platform)?;
    files.add("THIRD-PARTY-LICENSES.txt", licences.into_bytes());
    let package = Package {
        platform: platform.to_string(),
        zip: files.zip()?,
        files,
    };
    Ok((package, how))
}

/// Returns the name of an executable. Hosts derive the version of a provider from it.
fn executable_name(program: Binary, platform: Platform) -> String {
    let version = match program {
        Binary::Provider => format!("_v{VERSION}"),
        Binary::Emulator => String::new(),
    };
    format!("{}{version}{}", program.name(), platform.extension())
}

fn write_sums(out: &Path, signer: Option<&Signer>) -> Result<()> {
    let manifest = format!("{}_{VERSION}_manifest.json", Binary::Provider.name());
    let source = workspace_dir().join("terraform-registry-manifest.json");
    write(&out.join(manifest), &fs::read(source)?)?;
    for program in Binary::ALL {
        let prefix = format!("{}_{VERSION}", program.name());
        let mut names = Vec::new();
        for entry in fs::read_dir(out)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if entry.file_type()?.is_file() && name.starts_with(&prefix) {
                names.push(name);
            }
        }
        let sums = sums::write(out, &prefix, &names)?;
        if let Some(signer) = signer {
            signer.sign(&sums)?;
        }
    }
    Ok(())
}

/// Installs and uses the packages like a user, with every host, if there is one for this platform.
fn try_out(progress: &mut Progress, out: &Path, emulators: &[Package]) -> Result<()> {
    let here = Platform::host().map(|platform| platform.to_string());
    let emulator = emulators
        .iter()
        .find(|one| Some(&one.platform) == here.as_ref());
    let (Some(emulator), Some(platform)) = (emulator, Platform::host()) else {
        println!("    Nothing was made for this platform, so that Terraform has not tried it.");
        return Ok(());
    };
    let dir = tempfile::tempdir()?;
    let name = executable_name(Binary::Emulator, platform);
    let emulator = check::unpack(&emulator.files, &name, dir.path())?;
    for host in hosts::all()? {
        for mirror in ["filesystem-mirror", "network-mirror"] {
            progress.step(
                &format!("install from the {mirror}, apply and destroy with {host}"),
                nothing_to_say,
                || check::lifetime(&host, &out.join(mirror), &emulator),
            )?;
        }
    }
    Ok(())
}

fn report(out: &Path, signed: bool) {
    println!("\nIn {}:", out.display());
    println!("  *.zip, *_manifest.json, *_SHA256SUMS  for the registries");
    println!("  *.cdx.json                            what is in each program (CycloneDX)");
    println!("  filesystem-mirror, network-mirror     for machines without a registry");
    println!(
        "  azuresre-emulator-image               for containers (OCI), where Linux is among it"
    );
    if !signed {
        println!("Nothing is signed, as --unsigned says: no registry takes these.");
    }
    for platform in ALL {
        if let Some(obstacle) = platform.obstacle() {
            println!("Not built: {platform} {obstacle}.");
        }
    }
}

/// Creates an empty directory, or empties an existing one.
fn empty(dir: &Path) -> Result<()> {
    if dir.exists() {
        fs::remove_dir_all(dir).with_context(|| format!("cannot remove {}", dir.display()))?;
    }
    fs::create_dir_all(dir).with_context(|| format!("cannot create {}", dir.display()))
}

fn write(path: &Path, content: &[u8]) -> Result<()> {
    fs::write(path, content).with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requested_platform_that_cannot_be_built_is_an_error() {
        let darwin: Platform = "darwin_arm64".parse().unwrap();
        let linux: Platform = "linux_amd64".parse().unwrap();
        assert_eq!(platforms(&[linux]).unwrap(), [linux]);
        if cfg!(not(target_os = "macos")) {
            let error = platforms(&[linux, darwin]).unwrap_err().to_string();
            assert!(error.contains("darwin_arm64 needs macOS"), "{error}");
            assert!(!platforms(&[]).unwrap().contains(&darwin));
        }
    }

    #[test]
    fn names_are_those_that_hosts_look_for() {
        let windows: Platform = "windows_amd64".parse().unwrap();
        assert_eq!(
            executable_name(Binary::Provider, windows),
            format!("terraform-provider-azuresre_v{VERSION}.exe")
        );
        assert_eq!(
            archive_name(Binary::Emulator.name(), "linux_arm64"),
            format!("azuresre-emulator_{VERSION}_linux_arm64.zip")
        );
    }
}
