//! The emulator as a container image, in the OCI layout, written without any image tool. The
//! program is static and needs nothing else.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use flate2::{Compression, GzBuilder};
use oci_spec::image::{
    Arch, ConfigBuilder, Descriptor, DescriptorBuilder, ImageConfigurationBuilder,
    ImageIndexBuilder, ImageManifestBuilder, MediaType, OciLayoutBuilder, Os, PlatformBuilder,
    RootFsBuilder, Sha256Digest,
};
use tar::{Builder, EntryType, Header};

use super::VERSION;
use super::archive::sha256;
use super::mirror::Package;

/// The default address in a container: the program's default port, on an address that can be
/// published.
const LISTEN: [&str; 2] = ["--listen", "0.0.0.0:7575"];

/// Writes a layout with one image for all packages for Linux, tagged with the version. Returns
/// `false` if there is no such package.
pub(super) fn write(dir: &Path, program: &str, packages: &[Package]) -> Result<bool> {
    let linux = packages
        .iter()
        .filter_map(|package| Some((package, package.platform.strip_prefix("linux_")?)));
    let mut manifests = Vec::new();
    for (package, architecture) in linux {
        let manifest = image(dir, program, package, architecture)
            .with_context(|| format!("cannot make an image for {}", package.platform))?;
        manifests.push(manifest);
    }
    if manifests.is_empty() {
        return Ok(false);
    }
    let all = ImageIndexBuilder::default()
        .schema_version(2u32)
        .media_type(MediaType::ImageIndex)
        .manifests(manifests)
        .build()?;
    let all = blob(dir, MediaType::ImageIndex, all.to_string()?.as_bytes())?;
    let name = ("org.opencontainers.image.ref.name", VERSION);
    let mut named = all;
    named.set_annotations(Some(
        [name]
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into(),
    ));
    let index = ImageIndexBuilder::default()
        .schema_version(2u32)
        .media_type(MediaType::ImageIndex)
        .manifests([named])
        .build()?;
    index.to_file(dir.join("index.json"))?;
    let layout = OciLayoutBuilder::default()
        .image_layout_version("1.0.0")
        .build()?;
    layout.to_file(dir.join("oci-layout"))?;
    Ok(true)
}

/// Writes the blobs of one image, and returns the descriptor of its manifest.
fn image(dir: &Path, program: &str, package: &Package, architecture: &str) -> Result<Descriptor> {
    let architecture = Arch::from(architecture);
    let layer = layer(package)?;
    let config = ConfigBuilder::default()
        .entrypoint([format!("/{program}")])
        .cmd(LISTEN.map(str::to_owned))
        .exposed_ports(["7575/tcp".to_owned()])
        // An unprivileged user.
        .user("65532:65532")
        .build()?;
    let files = RootFsBuilder::default()
        .typ("layers")
        .diff_ids([format!("sha256:{}", sha256(&layer))])
        .build()?;
    let configuration = ImageConfigurationBuilder::default()
        .architecture(architecture.clone())
        .os(Os::Linux)
        .config(config)
        .rootfs(files)
        .history(Vec::new())
        .build()?;
    let configuration = configuration.to_string()?;
    let manifest = ImageManifestBuilder::default()
        .schema_version(2u32)
        .media_type(MediaType::ImageManifest)
        .config(blob(dir, MediaType::ImageConfig, configuration.as_bytes())?)
        .layers([blob(dir, MediaType::ImageLayerGzip, &gzipped(&layer)?)?])
        .build()?;
    let mut manifest = blob(
        dir,
        MediaType::ImageManifest,
        manifest.to_string()?.as_bytes(),
    )?;
    let platform = PlatformBuilder::default()
        .architecture(architecture)
        .os(Os::Linux)
        .build()?;
    manifest.set_platform(Some(platform));
    Ok(manifest)
}

/// Returns the files of a package at the root, and a directory for temporary files, which the
/// program needs. The bytes only depend on names and contents.
fn layer(package: &Package) -> Result<Vec<u8>> {
    let mut tar = Builder::new(Vec::new());
    let mut header = |path: &str, kind: EntryType, mode: u32, content: &[u8]| {
        let mut header = Header::new_ustar();
        header.set_entry_type(kind);
        header.set_mode(mode);
        header.set_size(content.len() as u64);
        header.set_mtime(0);
        header.set_uid(0);
        header.set_gid(0);
        tar.append_data(&mut header, path, content)
    };
    for (name, content, is_executable) in package.files.entries() {
        let mode = if is_executable { 0o755 } else { 0o644 };
        header(name, EntryType::Regular, mode, content)?;
    }
    header("tmp/", EntryType::Directory, 0o1777, &[])?;
    Ok(tar.into_inner()?)
}

fn gzipped(content: &[u8]) -> Result<Vec<u8>> {
    use std::io::Write as _;

    let mut encoder = GzBuilder::new()
        .mtime(0)
        .write(Vec::new(), Compression::best());
    encoder.write_all(content)?;
    Ok(encoder.finish()?)
}

/// Writes a blob under its digest.
fn blob(dir: &Path, media_type: MediaType, content: &[u8]) -> Result<Descriptor> {
    let digest = sha256(content);
    let blobs = dir.join("blobs").join("sha256");
    fs::create_dir_all(&blobs).with_context(|| format!("cannot create {}", blobs.display()))?;
    let path = blobs.join(&digest);
    fs::write(&path, content).with_context(|| format!("cannot write {}", path.display()))?;
    let digest: Sha256Digest = digest.parse()?;
    Ok(DescriptorBuilder::default()
        .media_type(media_type)
        .digest(digest)
        .size(content.len() as u64)
        .build()?)
}

#[cfg(test)]
#[allow(clippy::print_stderr, reason = "a test that is skipped says so")]
mod tests {
    use std::process::Command;
    use std::time::Duration;

    use test_support::Run;

    use super::*;
    use crate::package::archive::Files;

    fn package(platform: &str) -> Package {
        let files = Files::executable("azuresre-emulator".to_owned(), b"#!/bin/sh\n".to_vec());
        Package {
            platform: platform.to_owned(),
            zip: Vec::new(),
            files,
        }
    }

    #[test]
    fn layout_is_reproducible_and_needs_linux() {
        let dirs = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let index = dirs.each_ref().map(|dir| {
            let packages = [package("linux_amd64"), package("windows_amd64")];
            assert!(write(dir.path(), "azuresre-emulator", &packages).unwrap());
            fs::read_to_string(dir.path().join("index.json")).unwrap()
        });
        assert_eq!(index[0], index[1]);
        // Layer, configuration, manifest, and the index of platforms.
        let blobs = fs::read_dir(dirs[0].path().join("blobs/sha256")).unwrap();
        assert_eq!(blobs.count(), 4);
        let other = tempfile::tempdir().unwrap();
        assert!(
            !write(
                other.path(),
                "azuresre-emulator",
                &[package("windows_amd64")]
            )
            .unwrap()
        );
    }

    #[test]
    fn image_tools_can_read_the_layout() {
        let dir = tempfile::tempdir().unwrap();
        let packages = [package("linux_amd64"), package("linux_arm64")];
        write(dir.path(), "azuresre-emulator", &packages).unwrap();
        let mut skopeo = Command::new("skopeo");
        let reference = format!("oci:{}:{VERSION}", dir.path().display());
        skopeo.args(["--override-os", "linux", "--override-arch", "arm64"]);
        skopeo.args(["inspect", "--config", &reference]);
        let Ok(run) = Run::capture(&mut skopeo, Duration::from_secs(60)) else {
            eprintln!("skipped: there is no skopeo");
            return;
        };
        let config = run.success().unwrap().json().unwrap();
        assert_eq!(config["architecture"], "arm64");
        assert_eq!(config["config"]["Entrypoint"][0], "/azuresre-emulator");
    }
}
