//! What keeps an order from being made at all.

use oxhost::ConfigError;

use crate::args::Format;
use crate::output::Output;
use crate::report::{Exit, Trouble};

/// Why no order was made.
pub(crate) enum Hindrance {
    Usage(String),
    Configuration(String),
}

impl From<ConfigError> for Hindrance {
    fn from(error: ConfigError) -> Self {
        Self::Configuration(error.to_string())
    }
}

impl Hindrance {
    pub(crate) fn tell(self, output: Output) -> Exit {
        let (message, exit) = match self {
            Self::Usage(message) => (message, Exit::Usage),
            Self::Configuration(message) => (message, Exit::Configuration),
        };
        match output.format {
            Format::Json => output.json(&Trouble::new(message)),
            Format::Text => output.note(&format!("error: {message}")),
        }
        exit
    }
}
