//! How far a batch is, while it is worked on.

use std::io::{self, IsTerminal};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use oxhost_journal::{RowState, Totals};
use serde_json::json;

use super::totals::{counts, money};
use crate::output::{Format, Output};

/// Where nobody watches, a line is written so often.
const EVERY: Duration = Duration::from_secs(10);

/// Tells how far a batch is: a bar on a terminal, a line now and then elsewhere, an object a line in JSON.
pub(crate) struct Progress {
    output: Output,
    bar: Option<ProgressBar>,
    told: Mutex<Option<Instant>>,
}

impl Progress {
    pub(crate) fn new(output: Output) -> Self {
        let is_watched = output.format == Format::Text && io::stderr().is_terminal();
        let bar = is_watched.then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(5));
            let style = "{bar:30} {pos}/{len} rows, {per_sec}, {eta} left; {msg}";
            bar.with_style(
                ProgressStyle::with_template(style)
                    .unwrap_or_else(|_| ProgressStyle::default_bar()),
            )
        });
        Self { output, bar, told: Mutex::default() }
    }

    pub(crate) fn tell(&self, totals: &Totals) {
        if let Some(bar) = &self.bar {
            if bar.length() != Some(totals.rows()) {
                bar.set_length(totals.rows());
                bar.reset_eta();
            }
            bar.set_position(totals.ended());
            bar.set_message(words(totals));
            return;
        }
        if !self.is_time() {
            return;
        }
        match self.output.format {
            Format::Text => {
                self.output.note(&format!(
                    "{} of {} rows; {}",
                    totals.ended(),
                    totals.rows(),
                    words(totals)
                ));
            }
            Format::Json => {
                // Whoever does not read it any more gets the end of it told.
                let _ = self.output.json_line(&json!({ "event": "progress", "totals": totals }));
            }
        }
    }

    fn is_time(&self) -> bool {
        let Ok(mut told) = self.told.lock() else { return false };
        let is_time = told.is_none_or(|told| told.elapsed() >= EVERY);
        if is_time {
            *told = Some(Instant::now());
        }
        is_time
    }

    pub(crate) fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn words(totals: &Totals) -> String {
    let states = [RowState::Accepted, RowState::Refused, RowState::NotSent, RowState::Unknown];
    format!("{}; {}", counts(totals, &states), money(totals))
}
