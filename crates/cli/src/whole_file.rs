//! A file of results, which takes the place of the one before it, whole, or leaves that as it is.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::args::Options;
use crate::error::CliError;
use crate::journal;

/// What is written, beside what it will take the place of.
pub(crate) struct WholeFile {
    file: NamedTempFile,
    path: PathBuf,
}

impl WholeFile {
    pub(crate) fn create(path: &Path) -> io::Result<Self> {
        // A link leads to what is replaced.
        let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        match fs::symlink_metadata(&path) {
            Ok(there) if !there.is_file() => {
                return Err(io::Error::other("what is there is no file, and is left as it is"));
            }
            _ => {}
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        // The name that it would have had for now says nothing to anyone.
        let file = NamedTempFile::new_in(folder).map_err(|error| {
            let why = match error.kind() {
                ErrorKind::NotFound => "is there such a folder?".to_owned(),
                kind => kind.to_string(),
            };
            io::Error::other(format!("no file can be made in {}: {why}", folder.display()))
        })?;
        Ok(Self { file, path })
    }

    pub(crate) fn file(&self) -> &File {
        self.file.as_file()
    }

    pub(crate) fn persist(self) -> io::Result<()> {
        self.file.as_file().sync_all()?;
        self.file.persist(self.path)?;
        Ok(())
    }
}

/// Why a file must not be replaced: the command needs what is in it.
pub(crate) fn why_kept(
    path: &Path,
    options: &Options,
    inputs: &[&Path],
) -> Result<Option<&'static str>, CliError> {
    if journal::owns(options, path)? {
        return Ok(Some("it is a file of the journal's"));
    }
    let resolved = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let mut inputs = inputs.iter().copied().chain(options.api_key_file.as_deref());
    let is_read = inputs.any(|input| resolved(input) == resolved(path));
    Ok(is_read.then_some("it is read by this command"))
}
