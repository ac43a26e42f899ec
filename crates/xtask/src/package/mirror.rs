//! Mirrors from which Terraform and OpenTofu install.
//!
//! One contains the files of the packages, for `filesystem_mirror`. The other contains the packages
//! with the documents that `network_mirror` requests, and supports both.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde_json::{Map, Value, json};

use super::archive::{Files, sha256};
use super::{VERSION, archive_name};

/// The registries of the address `azuresre/azuresre`.
const REGISTRIES: [&str; 2] = ["registry.opentofu.org", "registry.terraform.io"];

/// A package of the provider.
#[derive(Debug)]
pub(super) struct Package {
    /// `linux_amd64`
    pub(super) platform: String,
    pub(super) files: Files,
    pub(super) zip: Vec<u8>,
}

/// Writes the mirror with unpacked files.
pub(super) fn write_unpacked(dir: &Path, packages: &[Package]) -> Result<()> {
    for registry in REGISTRIES {
        for package in packages {
            let place = place(dir, registry).join(VERSION).join(&package.platform);
            package.files.unpack(&place)?;
        }
    }
    Ok(())
}

/// Writes the mirror with packages, `index.json` and `VERSION.json`.
pub(super) fn write_packed(dir: &Path, packages: &[Package]) -> Result<()> {
    let mut archives = Map::new();
    for package in packages {
        let hashes = [package.files.h1(), format!("zh:{}", sha256(&package.zip))];
        archives.insert(
            package.platform.clone(),
            json!({ "hashes": hashes, "url": zip_name(package) }),
        );
    }
    let version = json!({ "archives": archives });
    let index = json!({ "versions": { VERSION: {} } });
    for registry in REGISTRIES {
        let place = place(dir, registry);
        fs::create_dir_all(&place).with_context(|| format!("cannot create {}", place.display()))?;
        for package in packages {
            write(&place.join(zip_name(package)), &package.zip)?;
        }
        write_json(&place.join("index.json"), &index)?;
        write_json(&place.join(format!("{VERSION}.json")), &version)?;
    }
    Ok(())
}

fn place(dir: &Path, registry: &str) -> PathBuf {
    dir.join(registry).join("azuresre").join("azuresre")
}

fn zip_name(package: &Package) -> String {
    archive_name("terraform-provider-azuresre", &package.platform)
}

fn write_json(path: &Path, document: &Value) -> Result<()> {
    write(path, format!("{document:#}\n").as_bytes())
}

fn write(path: &Path, content: &[u8]) -> Result<()> {
    fs::write(path, content).with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use test_support::{Workspace, hosts, installed_provider_name};

    use super::*;

    /// Hosts do not run a provider to install it, so any file will do.
    fn package(platform: &str) -> Package {
        let mut files = Files::executable(installed_provider_name(), b"#!/bin/sh\n".to_vec());
        files.add("LICENSE", b"all\n".to_vec());
        Package {
            platform: platform.to_owned(),
            zip: files.zip().unwrap(),
            files,
        }
    }

    #[test]
    fn hosts_install_from_either_mirror_and_know_the_digest() {
        for host in hosts::all().unwrap() {
            let package = package(host.platform());
            let digest = package.files.h1();
            let dir = tempfile::tempdir().unwrap();
            let (unpacked, packed) = (dir.path().join("unpacked"), dir.path().join("packed"));
            write_unpacked(&unpacked, std::slice::from_ref(&package)).unwrap();
            write_packed(&packed, &[package]).unwrap();
            for mirror in [unpacked, packed] {
                let workspace = Workspace::with_mirror(&host, &mirror).unwrap();
                workspace.require_provider().unwrap();
                workspace.init().unwrap();
                let lock = fs::read_to_string(workspace.dir().join(".terraform.lock.hcl")).unwrap();
                assert!(lock.contains(&digest), "{host} {digest}\n{lock}");
            }
        }
    }

    #[test]
    fn documents_of_the_mirror_name_versions_and_archives() {
        let dir = tempfile::tempdir().unwrap();
        write_packed(
            dir.path(),
            &[package("linux_amd64"), package("windows_amd64")],
        )
        .unwrap();
        for registry in REGISTRIES {
            let read = |name: &str| -> Value {
                let text = fs::read_to_string(place(dir.path(), registry).join(name)).unwrap();
                serde_json::from_str(&text).unwrap()
            };
            assert!(read("index.json")["versions"][VERSION].is_object());
            let archives = &read(&format!("{VERSION}.json"))["archives"];
            for platform in ["linux_amd64", "windows_amd64"] {
                let url = archives[platform]["url"].as_str().unwrap();
                let zip = fs::read(place(dir.path(), registry).join(url)).unwrap();
                let digest = format!("zh:{}", sha256(&zip));
                assert_eq!(archives[platform]["hashes"][1], digest);
            }
        }
    }
}
