//! What keeps an order from being made at all.

use oxhost::ConfigError;
use oxhost_journal::JournalError;

use crate::args::Format;
use crate::output::Output;
use crate::report::{Exit, Trouble};

/// Why no order was made.
pub(crate) enum Hindrance {
    Usage(String),
    Configuration(String),
    Journal(JournalError),
}

impl From<JournalError> for Hindrance {
    fn from(error: JournalError) -> Self {
        match error {
            JournalError::OtherOrder(_)
            | JournalError::NoSuchOrder(_)
            | JournalError::Settled { .. } => Self::Usage(error.to_string()),
            _ => Self::Journal(error),
        }
    }
}

impl From<ConfigError> for Hindrance {
    fn from(error: ConfigError) -> Self {
        Self::Configuration(error.to_string())
    }
}

impl Hindrance {
    /// `place` is where the journal is.
    pub(crate) fn tell(self, place: &str, output: Output) -> Exit {
        let (message, exit) = match self {
            Self::Usage(message) => (message, Exit::Usage),
            Self::Configuration(message) => (message, Exit::Configuration),
            Self::Journal(error) => (
                format!(
                    "nothing was sent now: {error} (it is {place}); make it usable, for another place, named with --journal, knows nothing of the orders in this one"
                ),
                Exit::Configuration,
            ),
        };
        match output.format {
            Format::Json => output.json(&Trouble::new(message)),
            Format::Text => output.note(&format!("error: {message}")),
        }
        exit
    }
}
