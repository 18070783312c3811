//! The file of a journal: where it may be, who may read it, and what it is called.

use std::fs::DirBuilder;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::error::JournalError;
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

/// What a path must not hold as it is where it stands in a URL.
const NOT_IN_URL: &AsciiSet =
    &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'%').add(b'<').add(b'>').add(b'?').add(b'`');

/// SQLite's own files beside a database: <https://www.sqlite.org/tempfiles.html>
pub(crate) fn side_files(file: &Path) -> [PathBuf; 3] {
    ["-wal", "-shm", "-journal"].map(|side| {
        let mut path = file.as_os_str().to_owned();
        path.push(side);
        path.into()
    })
}

/// The URL of a journal in a file.
pub(crate) fn url_of(file: &Path) -> Result<String, JournalError> {
    Ok(format!("sqlite://{}", encoded(file)?))
}

/// What opens a file as if nobody wrote to it: <https://www.sqlite.org/uri.html>
pub(super) fn immutable(file: &Path) -> Result<PathBuf, JournalError> {
    Ok(PathBuf::from(format!("file:{}?immutable=1", encoded(file)?)))
}

fn encoded(file: &Path) -> Result<impl std::fmt::Display, JournalError> {
    let path = file.to_str().ok_or_else(|| JournalError::NotText(file.display().to_string()))?;
    Ok(utf8_percent_encode(path, NOT_IN_URL))
}

/// The file of a journal's URL.
pub(crate) fn file_of(url: &str) -> PathBuf {
    let path = url.trim_start_matches("sqlite:").trim_start_matches("//");
    let path = path.split_once('?').map_or(path, |(path, _)| path);
    PathBuf::from(percent_decode_str(path).decode_utf8_lossy().as_ref())
}

/// Makes the file, readable by its owner alone, before SQLite would make it readable by all; it gives
/// its side files the same rights.
pub(super) fn prepare(url: &str) -> Result<PathBuf, JournalError> {
    let file = file_of(url);
    if url.contains('#') {
        return Err(JournalError::Usage("write %23 for a `#` in the URL of a journal".to_owned()));
    }
    if file.as_os_str().is_empty() || file == Path::new(":memory:") {
        return Err(JournalError::NotDurable("it would be in memory only".to_owned()));
    }
    let unusable =
        |error: std::io::Error| JournalError::Unusable(format!("{}: {error}", file.display()));
    let folder = folder_of(&file);
    match private_folder().create(folder) {
        Err(error) if !folder.exists() => return Err(unusable(error)),
        Ok(()) | Err(_) => {}
    }
    refuse_network_file_system(folder)?;
    if !file.exists() {
        make(&file, folder).map_err(unusable)?;
    }
    if !std::fs::metadata(&file).map_err(unusable)?.is_file() {
        return Err(JournalError::Unusable(format!("{} is no file", file.display())));
    }
    Ok(file)
}

/// Under each of two names, SQLite would write beside the file what is not read under the other
/// (<https://www.sqlite.org/howtocorrupt.html>, 2.5).
#[cfg(unix)]
pub(super) fn refuse_second_name(file: &Path) -> Result<(), JournalError> {
    let found = std::fs::metadata(file);
    if found.is_ok_and(|found| std::os::unix::fs::MetadataExt::nlink(&found) > 1) {
        return Err(JournalError::Unusable(format!(
            "{} has a second name, a hard link: remove one of them",
            file.display()
        )));
    }
    Ok(())
}

#[cfg(not(unix))]
pub(super) fn refuse_second_name(_: &Path) -> Result<(), JournalError> {
    Ok(())
}

fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn private_folder() -> DirBuilder {
    #[cfg_attr(not(unix), expect(unused_mut, reason = "only Unix has modes"))]
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
}

/// Under another name, which nobody opens: a process that closes a file loses the locks that it has on it
/// otherwise (<https://www.sqlite.org/howtocorrupt.html>, 2.2). Others may make it at the same time.
fn make(file: &Path, folder: &Path) -> std::io::Result<()> {
    // For its owner alone, as all of that library's files.
    let made = tempfile::NamedTempFile::new_in(folder)?.into_temp_path();
    match made.persist_noclobber(file) {
        Err(error) if error.error.kind() != ErrorKind::AlreadyExists => Err(error.error),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Takes from everyone else the rights to a journal that an older version, or someone's `umask`, left
/// readable. A file of another owner's stays as it is. Only for what was seen to be a journal.
#[cfg(unix)]
pub(super) fn keep_to_ourselves(file: &Path) -> Result<(), JournalError> {
    use std::os::unix::fs::PermissionsExt;
    for file in [file.to_owned()].into_iter().chain(side_files(file)) {
        let Ok(found) = std::fs::metadata(&file) else { continue };
        if found.permissions().mode() & 0o077 != 0 {
            match std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)) {
                Err(error) if error.kind() != ErrorKind::PermissionDenied => {
                    return Err(JournalError::Unusable(format!("{}: {error}", file.display())));
                }
                Ok(()) | Err(_) => {}
            }
        }
    }
    Ok(())
}

#[cfg(not(unix))]
pub(super) fn keep_to_ourselves(_: &Path) -> Result<(), JournalError> {
    Ok(())
}

/// Locks of SQLite do not hold over a network: https://www.sqlite.org/wal.html#overview
#[cfg(target_os = "linux")]
fn refuse_network_file_system(folder: &Path) -> Result<(), JournalError> {
    /// Magic numbers of statfs(2): NFS, SMB, SMB2, CIFS, Coda, AFS, Ceph, 9P, and FUSE (sshfs, s3fs).
    const NETWORK: [u32; 9] = [
        0x6969,
        0x517b,
        0xfe53_4d42,
        0xff53_4d42,
        0x7375_7245,
        0x5346_414f,
        0x00c3_6400,
        0x0102_1997,
        0x6573_5546,
    ];
    match rustix::fs::statfs(folder) {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the numbers have 32 bits"
        )]
        Ok(found) if NETWORK.contains(&(found.f_type as u32)) => {
            Err(JournalError::NetworkFileSystem(folder.display().to_string()))
        }
        // A folder that cannot be asked is the database's own error to tell.
        Ok(_) | Err(_) => Ok(()),
    }
}

#[cfg(not(target_os = "linux"))]
fn refuse_network_file_system(_: &Path) -> Result<(), JournalError> {
    Ok(())
}
