//! How far batches are.

use oxhost_journal::{Journal, Totals};
use serde::Serialize;

use super::no_batch;
use super::totals::{advice, line};
use crate::args::Options;
use crate::error::CliError;
use crate::exit::Exit;
use crate::journal;
use crate::output::{Format, Output};
use crate::report::Marks;

/// A batch, as it is now.
#[derive(Serialize)]
struct Shown {
    batch: String,
    totals: Totals,
    max_spend: Option<oxhost::Money>,
    advice: Option<String>,
}

/// Tells of one batch, or of all.
pub(super) async fn tell(
    name: Option<&str>,
    options: &Options,
    output: Output,
) -> Result<Exit, CliError> {
    let shown = match journal::open_existing(options).await? {
        Some(opened) => {
            let shown = all(&opened.journal, name).await;
            opened.close().await;
            shown?
        }
        None => Vec::new(),
    };
    if let (Some(name), true) = (name, shown.is_empty()) {
        return Err(no_batch(name));
    }
    let written = match output.format {
        Format::Json => {
            #[derive(Serialize)]
            struct Told {
                #[serde(flatten)]
                marks: Marks,
                batches: Vec<Shown>,
            }
            output.json(&Told { marks: Marks::default(), batches: shown })
        }
        Format::Text if shown.is_empty() => output.text("There are no batches in the journal."),
        Format::Text => output.text(&shown.iter().map(text).collect::<Vec<_>>().join("\n")),
    };
    Ok(output.document(written))
}

async fn all(journal: &Journal, name: Option<&str>) -> Result<Vec<Shown>, CliError> {
    let names = match name {
        Some(name) => vec![name.to_owned()],
        None => journal.batches().await?,
    };
    let mut shown = Vec::new();
    for name in names {
        let batch = journal.batch(&name)?;
        let Some(totals) = batch.totals().await? else { continue };
        let max_spend = batch.max_spend().await?;
        let advice = advice(&name, &totals, None, max_spend.is_some());
        shown.push(Shown { batch: name, totals, max_spend, advice });
    }
    Ok(shown)
}

fn text(shown: &Shown) -> String {
    let mut lines = vec![format!("batch {}: {}", shown.batch, line(&shown.totals))];
    lines.extend(shown.max_spend.map(|most| format!("  limit     {most} EUR")));
    lines.extend(shown.advice.as_ref().map(|advice| format!("  next      {advice}")));
    lines.join("\n")
}
