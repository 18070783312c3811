//! The one writer to stdout and stderr.

use std::io::{self, IsTerminal, Write};

use anstyle::{AnsiColor, Style};
use clap::ValueEnum;
use serde::Serialize;

use crate::exit::Exit;
use crate::printable::{escaped, lines};

/// What is asked for.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Wanted {
    Text,
    Json,
    Jsonl,
}

/// For whom the result is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Text,
    Json,
}

/// Prints for the user.
#[derive(Clone, Copy)]
pub(crate) struct Output {
    pub(crate) format: Format,
    /// Whether each JSON object is on a line of its own, and a list has no object around it.
    pub(crate) lines: bool,
}

impl From<Wanted> for Output {
    fn from(wanted: Wanted) -> Self {
        let format = if wanted == Wanted::Text { Format::Text } else { Format::Json };
        Self { format, lines: wanted == Wanted::Jsonl }
    }
}

impl Output {
    /// Lines to stdout.
    pub(crate) fn text(self, text: &str) -> io::Result<()> {
        self.raw(format!("{}\n", lines(text)).as_bytes())
    }

    /// To stdout, to the letter.
    pub(crate) fn raw(self, bytes: &[u8]) -> io::Result<()> {
        let mut stdout = io::stdout().lock();
        stdout.write_all(bytes)?;
        stdout.flush()
    }

    /// The one JSON object, to stdout.
    pub(crate) fn json(self, value: &impl Serialize) -> io::Result<()> {
        self.raw(format!("{}\n", self.json_text(value)?).as_bytes())
    }

    /// The same text, without the line's end.
    pub(crate) fn json_text(self, value: &impl Serialize) -> io::Result<String> {
        if self.lines { json_line_text(value) } else { json_text(value) }
    }

    /// One JSON object of many, on a line of its own.
    pub(crate) fn json_line(self, value: &impl Serialize) -> io::Result<()> {
        self.raw(format!("{}\n", json_line_text(value)?).as_bytes())
    }

    /// The lines of a report, whose first word has a colour. Styles end where the terminal does.
    pub(crate) fn report(self, exit: Exit, word: &str, rest: &str) -> io::Result<()> {
        let colour = match exit {
            Exit::Success => AnsiColor::Green,
            Exit::Unknown | Exit::Blocked | Exit::Interrupted => AnsiColor::Yellow,
            _ => AnsiColor::Red,
        };
        let style = Style::new().bold().fg_color(Some(colour.into()));
        let text = format!("{style}{}{style:#}{}\n", lines(word), lines(rest));
        if exit != Exit::Success {
            // Nobody is left to tell if this fails.
            let _ = anstream::stderr().write_all(text.as_bytes());
            return Ok(());
        }
        let mut stdout = anstream::stdout();
        stdout.write_all(text.as_bytes())?;
        stdout.flush()
    }

    /// To stderr: what a person should know and a program need not read.
    pub(crate) fn note(self, text: &str) {
        let _ = writeln!(anstream::stderr(), "{}", lines(text));
    }

    /// To stderr, where someone may be watching.
    pub(crate) fn progress(self, text: &str) {
        if io::stderr().is_terminal() {
            self.note(text);
        }
    }

    /// A question, to stderr, without a line end.
    pub(crate) fn ask(self, text: &str) {
        let mut stderr = anstream::stderr();
        let _ = write!(stderr, "{}", lines(text));
        let _ = stderr.flush();
    }

    /// The exit code of what was to be written. A result that is lost must not look like a success;
    /// `result` is told on stderr instead.
    pub(crate) fn result(self, written: io::Result<()>, exit: Exit, result: &str) -> Exit {
        let Err(error) = written else { return exit };
        self.note(&format!("error: the result could not be written: {error}. It is: {result}"));
        if exit == Exit::Success { Exit::Unwritten } else { exit }
    }

    /// The exit code of what can be asked for again at any time. A reader that has left had enough.
    pub(crate) fn document(self, written: io::Result<()>) -> Exit {
        match written {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Exit::Success,
            written => self.result(written, Exit::Success, "incomplete"),
        }
    }
}

/// JSON for people and programs, in which nothing steers a terminal.
fn json_text(value: &impl Serialize) -> io::Result<String> {
    Ok(escaped(&serde_json::to_string_pretty(value)?))
}

/// The same on one line.
pub(crate) fn json_line_text(value: &impl Serialize) -> io::Result<String> {
    Ok(escaped(&serde_json::to_string(value)?))
}

/// stderr for the log, whose lines tell of what others said.
pub(crate) struct Log;

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        io::stderr().write_all(lines(&String::from_utf8_lossy(bytes)).as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}
