//! `--raw-reply`: the answer as it was received, for the eyes of who asked for it.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use oxhost::Reply;

use crate::error::CliError;

/// A new file that waits for an answer. Without one, it is taken away again.
pub(crate) struct RawReply {
    path: PathBuf,
    file: Option<File>,
}

impl RawReply {
    /// Makes the file, readable by its owner alone.
    pub(crate) fn create(path: &Path) -> Result<Self, CliError> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path).map_err(|error| {
            CliError::Usage(format!(
                "nothing was sent: --raw-reply {} cannot be made: {error}",
                path.display()
            ))
        })?;
        Ok(Self { path: path.to_owned(), file: Some(file) })
    }

    /// Writes the answer; gives what to warn of if that fails.
    pub(crate) fn write(&mut self, reply: &Reply) -> Option<String> {
        let mut file = self.file.take()?;
        let written = file.write_all(reply.body()).and_then(|()| file.sync_all());
        let error = written.err()?;
        Some(format!("the answer could not be written whole to {}: {error}", self.path.display()))
    }
}

impl Drop for RawReply {
    fn drop(&mut self) {
        if self.file.take().is_some() {
            // An empty file that stays behind is no more than that.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}
