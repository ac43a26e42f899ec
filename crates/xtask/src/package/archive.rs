//! The files of a zip archive, and the digests by which Terraform identifies it.

use std::io::{Cursor, Write as _};
use std::path::Path;

use anyhow::{Context as _, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

/// The files of a package, by name.
#[derive(Clone, Debug)]
pub(super) struct Files(Vec<File>);

#[derive(Clone, Debug)]
struct File {
    name: String,
    content: Vec<u8>,
    is_executable: bool,
}

impl Files {
    /// Creates a package with one executable.
    pub(super) fn executable(name: String, content: Vec<u8>) -> Self {
        Self(vec![File {
            name,
            content,
            is_executable: true,
        }])
    }

    /// Adds a file that is not executable.
    pub(super) fn add(&mut self, name: &str, content: Vec<u8>) {
        self.0.push(File {
            name: name.to_owned(),
            content,
            is_executable: false,
        });
        self.0.sort_by(|a, b| a.name.cmp(&b.name));
    }

    /// Iterates over the name and content of every file, and whether it is executable.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&str, &[u8], bool)> {
        self.0
            .iter()
            .map(|file| (&*file.name, &*file.content, file.is_executable))
    }

    /// Returns a zip archive that only depends on names and contents: it has no times, no owners,
    /// and a fixed order.
    pub(super) fn zip(&self) -> Result<Vec<u8>> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for file in &self.0 {
            let options = SimpleFileOptions::default()
                .compression_method(CompressionMethod::Deflated)
                .compression_level(Some(9))
                .last_modified_time(DateTime::default())
                .unix_permissions(if file.is_executable { 0o755 } else { 0o644 });
            zip.start_file(&*file.name, options)?;
            zip.write_all(&file.content)?;
        }
        Ok(zip.finish()?.into_inner())
    }

    /// Returns the `h1:` digest of the files, packed or not. It is that of
    /// `golang.org/x/mod/sumdb/dirhash`, which Terraform's dependency lock file contains.
    pub(super) fn h1(&self) -> String {
        let mut lines = String::new();
        for file in &self.0 {
            lines.push_str(&format!("{}  {}\n", sha256(&file.content), file.name));
        }
        format!("h1:{}", STANDARD.encode(Sha256::digest(lines)))
    }

    /// Writes the files into a directory.
    pub(super) fn unpack(&self, dir: &Path) -> Result<()> {
        std::fs::create_dir_all(dir).with_context(|| format!("cannot create {}", dir.display()))?;
        for file in &self.0 {
            let path = dir.join(&file.name);
            std::fs::write(&path, &file.content)
                .with_context(|| format!("cannot write {}", path.display()))?;
            if file.is_executable {
                make_executable(&path)?;
            }
        }
        Ok(())
    }
}

/// Returns a SHA-256 digest in hexadecimal digits.
pub(super) fn sha256(content: &[u8]) -> String {
    let digest = Sha256::digest(content);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(unix)]
fn make_executable(path: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;

    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755))?;
    Ok(())
}

#[cfg(not(unix))]
fn make_executable(_: &Path) -> Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    fn files() -> Files {
        let mut files = Files::executable("run".to_owned(), b"#!/bin/sh\n".to_vec());
        files.add("LICENSE", b"all\n".to_vec());
        files
    }

    #[test]
    fn zip_of_the_same_files_is_the_same_and_can_be_read() {
        let bytes = files().zip().unwrap();
        assert_eq!(bytes, files().zip().unwrap());
        let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        assert_eq!(zip.by_index(0).unwrap().name().unwrap(), "LICENSE");
        assert_eq!(zip.len(), 2);
        let mut run = zip.by_name("run").unwrap();
        assert_eq!(run.unix_mode().unwrap() & 0o777, 0o755);
        let mut content = String::new();
        run.read_to_string(&mut content).unwrap();
        assert_eq!(content, "#!/bin/sh\n");
    }
}
