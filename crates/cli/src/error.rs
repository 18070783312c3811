//! Why the command did not do what it was told. Nothing was sent.

use oxhost::{ConfigError, InvalidOrder};
use oxhost_journal::JournalError;

use crate::exit::Exit;

/// Why the command did not do what it was told.
#[derive(Debug)]
pub(crate) enum CliError {
    /// The command line is wrong.
    Usage(String),
    /// Key, URL, files or system are not as they must be.
    Configuration(String),
    /// The journal cannot be used.
    Journal(JournalError),
    /// The journal has no order or batch of that name.
    NotInJournal(String),
    /// The order may still be under way, so it is too early for a person's word.
    UnderWay { id: String, why: String },
    /// Someone was asked, and said no.
    Declined,
    /// Someone wants it to end.
    Interrupted(&'static str),
}

impl From<JournalError> for CliError {
    fn from(error: JournalError) -> Self {
        let why = error.to_string();
        match error {
            JournalError::Usage(_)
            | JournalError::OtherOrder(_)
            | JournalError::Ambiguous { .. }
            | JournalError::InvalidTransition { .. } => Self::Usage(why),
            JournalError::NoSuchOrder(_) | JournalError::NoSuchBatch(_) => Self::NotInJournal(why),
            JournalError::OtherProvider { .. } => Self::Configuration(why),
            JournalError::UnderWay { id, .. } => Self::UnderWay { id, why },
            error => Self::Journal(error),
        }
    }
}

impl From<ConfigError> for CliError {
    fn from(error: ConfigError) -> Self {
        Self::Configuration(error.to_string())
    }
}

impl From<InvalidOrder> for CliError {
    fn from(error: InvalidOrder) -> Self {
        Self::Usage(error.to_string())
    }
}

impl CliError {
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Usage(_) | Self::NotInJournal(_) => Exit::Usage,
            Self::Configuration(_) | Self::Journal(_) => Exit::Configuration,
            Self::UnderWay { .. } => Exit::Blocked,
            Self::Declined => Exit::NotSent,
            Self::Interrupted(_) => Exit::Interrupted,
        }
    }

    /// In words; `journal` says where the journal is.
    pub(crate) fn message(&self, journal: &str) -> String {
        match self {
            Self::Usage(why) | Self::Configuration(why) | Self::UnderWay { why, .. } => why.clone(),
            Self::NotInJournal(why) => format!("{why} (the journal is {journal})"),
            Self::Journal(error) => format!(
                "nothing was sent: {error} (the journal is {journal}). Make it usable: another --journal would not know the orders in this one"
            ),
            Self::Declined => "nothing was sent: you said no".to_owned(),
            Self::Interrupted(why) => (*why).to_owned(),
        }
    }
}
