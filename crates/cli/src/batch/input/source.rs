//! The file that an input is, or that it is copied to.

use std::fs::File;
use std::io::{self, Seek, copy};
use std::path::Path;

use super::blocks::Unread;
use crate::error::CliError;
use crate::printable::one_line;

/// A file that can be read from its start again.
#[derive(Debug)]
pub(super) struct Source {
    file: File,
    name: String,
}

impl Source {
    /// What cannot be read twice, as stdin or a pipe, is copied to a file without a name.
    pub(super) fn open(path: &Path) -> Result<Self, CliError> {
        if path == Path::new("-") {
            return Self::copied(&mut io::stdin().lock(), "stdin".to_owned());
        }
        let name = one_line(&path.display().to_string());
        let unread = |error| unreadable(&name, &error);
        let about = std::fs::metadata(path).map_err(unread)?;
        if about.is_dir() {
            return Err(CliError::Usage(format!(
                "{name} is a directory: give a file, or - for stdin"
            )));
        }
        let mut file = File::open(path).map_err(unread)?;
        if about.is_file() { Ok(Self { file, name }) } else { Self::copied(&mut file, name) }
    }

    pub(super) fn copied(from: &mut dyn io::Read, name: String) -> Result<Self, CliError> {
        let copy = tempfile::tempfile().and_then(|mut file| {
            copy(from, &mut file)?;
            Ok(file)
        });
        let file = copy.map_err(|error| {
            CliError::Configuration(format!(
                "{name} cannot be copied to a temporary file, to be read twice: {error}"
            ))
        })?;
        Ok(Self { file, name })
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn rewound(&self) -> Result<&File, CliError> {
        let mut file = &self.file;
        file.rewind().map_err(|error| unreadable(&self.name, &error))?;
        Ok(file)
    }

    pub(super) fn unread(&self, why: Unread) -> CliError {
        match why {
            Unread::System(error) => unreadable(&self.name, &error),
            Unread::Changed => CliError::Configuration(format!(
                "{} changed after it was checked: no row was taken from what is new in it. Leave it as it is while it is read, and start again",
                self.name
            )),
        }
    }
}

fn unreadable(name: &str, error: &io::Error) -> CliError {
    CliError::Usage(format!("{name} cannot be read: {error}"))
}
