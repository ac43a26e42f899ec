//! The data file, which is always complete, and has space reserved for its full length.

use std::fs::{File, OpenOptions};
use std::io;
use std::ops::Bound;
use std::path::Path;

use redb::backends::FileBackend;
use redb::{BackendError, Database, DatabaseError, StorageBackend};
use tempfile::Builder;

/// Opens the database in a file. A new file gets its name only when it is complete, so that an
/// interruption leaves no file that cannot be opened.
pub(super) fn open(path: &Path) -> Result<Database, DatabaseError> {
    if !path.try_exists()? {
        create(path)?;
    }
    database(OpenOptions::new().read(true).write(true).open(path)?)
}

fn create(path: &Path) -> Result<(), DatabaseError> {
    let folder = path.parent().filter(|folder| *folder != Path::new(""));
    let folder = folder.unwrap_or(Path::new("."));
    let new = Builder::new().prefix(".emulator-").tempfile_in(folder)?;
    database(new.reopen()?)?.close()?;
    match new.persist_noclobber(path) {
        // Another emulator was faster. The second one finds the file locked.
        Err(failure) if failure.error.kind() == io::ErrorKind::AlreadyExists => {}
        result => drop(result.map_err(|failure| failure.error)?),
    }
    sync(folder)?;
    Ok(())
}

fn database(file: File) -> Result<Database, DatabaseError> {
    let roomy = Roomy {
        disk: file.try_clone()?,
        file: FileBackend::new(file)?,
    };
    Database::builder().create_with_backend(roomy)
}

/// A file that reserves disk space when it grows.
///
/// Otherwise it would be sparse, and a full disk could cause an error anywhere in it. This way,
/// only growing fails, and the subsequent repair and reads of the database have the space that they
/// need.
#[derive(Debug)]
struct Roomy {
    file: FileBackend,
    /// A second handle of the same file.
    disk: File,
}

impl StorageBackend for Roomy {
    fn set_len(&self, len: u64) -> io::Result<()> {
        let before = self.file.len()?;
        if len > before
            && let Err(error) = reserve(&self.disk, before, len - before)
        {
            // A part of the space may have been reserved.
            self.file.set_len(before)?;
            return Err(error);
        }
        self.file.set_len(len)
    }

    fn len(&self) -> io::Result<u64> {
        self.file.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.file.read(offset, out)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.file.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.file.write(offset, data)
    }

    fn close(&self) -> io::Result<()> {
        self.file.close()
    }

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.file.try_lock_range(start, end)
    }

    fn try_lock_shared_range(
        &self,
        start: Bound<u64>,
        end: Bound<u64>,
    ) -> Result<bool, BackendError> {
        self.file.try_lock_shared_range(start, end)
    }

    fn lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.file.lock_range(start, end)
    }

    fn lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.file.lock_shared_range(start, end)
    }

    fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.file.unlock_range(start, end)
    }

    fn query_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.file.query_lock_range(start, end)
    }
}

/// Reserves space for `len` bytes starting at `offset`.
#[cfg(unix)]
fn reserve(file: &File, offset: u64, len: u64) -> io::Result<()> {
    use rustix::fs::{FallocateFlags, fallocate};
    use rustix::io::Errno;

    match fallocate(file, FallocateFlags::empty(), offset, len) {
        // The file system cannot reserve space.
        Ok(()) | Err(Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Does nothing on Windows, where a file is not sparse by default, so its length is reserved.
#[cfg(not(unix))]
fn reserve(_: &File, _: u64, _: u64) -> io::Result<()> {
    Ok(())
}

/// Makes the names in a folder survive a power failure.
#[cfg(unix)]
fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Does nothing on Windows, where folders cannot be opened as files, and file systems keep a
/// journal of names.
#[cfg(not(unix))]
fn sync(_: &Path) -> io::Result<()> {
    Ok(())
}
