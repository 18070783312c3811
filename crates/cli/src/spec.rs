//! `oxhost spec`: the contract, whole or as one document for each host.

use clap::ValueEnum;

use crate::error::CliError;
use crate::exit::Exit;
use crate::output::{Format, Output};

/// How the contract is written.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SpecFormat {
    Yaml,
    Json,
    Html,
}

/// Prints it.
pub(crate) fn print(
    host: Option<&str>,
    format: Option<SpecFormat>,
    output: Output,
) -> Result<Exit, CliError> {
    let document = || host.map_or_else(oxhost_docs::whole, oxhost_docs::of_host);
    let format = format.unwrap_or(match output.format {
        Format::Text => SpecFormat::Yaml,
        Format::Json => SpecFormat::Json,
    });
    let text = match (host, format) {
        (None, SpecFormat::Yaml) => Ok(oxhost_docs::whole_as_written()),
        (Some(_), SpecFormat::Yaml) => document().and_then(|document| oxhost_docs::yaml(&document)),
        (_, SpecFormat::Json) => document().map(|document| format!("{document:#}\n")),
        (_, SpecFormat::Html) => document().and_then(oxhost_docs::published),
    };
    let text = text.map_err(|error| {
        CliError::Configuration(format!("the contract cannot be written: {error}"))
    })?;
    Ok(output.document(output.raw(text.as_bytes())))
}
