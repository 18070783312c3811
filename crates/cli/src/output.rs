//! The one writer to stdout and stderr.

use std::io::{IsTerminal, Write};

use serde::Serialize;

use crate::args::Format;

/// Prints for the user. A reader that has gone away must not turn an accepted order into a failed
/// command, so what cannot be written is let go.
#[derive(Clone, Copy)]
pub(crate) struct Output {
    pub(crate) format: Format,
}

impl Output {
    /// To stdout. Styles end where the terminal does.
    pub(crate) fn text(self, text: &str) {
        let _ = writeln!(anstream::stdout(), "{text}");
    }

    /// To stdout, to the letter.
    pub(crate) fn raw(self, bytes: &[u8]) {
        let _ = std::io::stdout().write_all(bytes);
    }

    /// The one JSON object, to stdout.
    pub(crate) fn json(self, value: &impl Serialize) {
        let text = serde_json::to_string_pretty(value).unwrap_or_else(|error| {
            // Only a map with other keys than texts cannot be written, and there is none.
            format!(r#"{{"outcome": "error", "message": "{error}"}}"#)
        });
        let _ = writeln!(std::io::stdout(), "{text}");
    }

    /// To stderr: what a person should know and a program need not read.
    pub(crate) fn note(self, text: &str) {
        let _ = writeln!(anstream::stderr(), "{text}");
    }

    /// To stderr, where someone may be watching.
    pub(crate) fn progress(self, text: &str) {
        if std::io::stderr().is_terminal() {
            self.note(text);
        }
    }

    /// A question, to stderr, without a line end.
    pub(crate) fn ask(self, text: &str) {
        let mut stderr = anstream::stderr();
        let _ = write!(stderr, "{text}");
        let _ = stderr.flush();
    }
}
