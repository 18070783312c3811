//! The exit codes.

use oxhost::ReadError;
use serde::Serialize;

/// The exit codes, as `--help` lists them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(into = "u8")]
#[repr(u8)]
pub(crate) enum Exit {
    #[default]
    Success = 0,
    Usage = 2,
    Configuration = 3,
    Refused = 4,
    NotSent = 5,
    Unknown = 6,
    Unwritten = 7,
    Blocked = 8,
    Interrupted = 130,
}

impl From<Exit> for u8 {
    fn from(exit: Exit) -> Self {
        exit as Self
    }
}

/// How a read that failed ends.
impl From<&ReadError> for Exit {
    fn from(error: &ReadError) -> Self {
        match (error, error.failure().status().map(|status| status.as_u16())) {
            (ReadError::Refused(_), Some(401 | 403)) => Self::Configuration,
            (ReadError::Refused(_), _) => Self::Refused,
            (ReadError::Unavailable(_), _) => Self::NotSent,
        }
    }
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
