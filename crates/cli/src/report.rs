//! How an order ended: one object for machines, a few lines for people, one exit code.

use oxhost::{CivilDateTime, Money, Outcome};
use oxhost_journal::{Answer, Entry, State, Verdict};
use serde::Serialize;
use serde_json::Value;

use crate::error::CliError;
use crate::exit::Exit;
use crate::output::{Format, Output};
use crate::printable::one_line;

/// What can be read of every JSON object without the exit code.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Marks {
    /// What became of the order; nothing where there is none.
    pub(crate) outcome: Option<Outcome>,
    pub(crate) exit_code: Exit,
    pub(crate) blocked: bool,
    pub(crate) blocked_by: Option<String>,
    pub(crate) dry_run: bool,
    pub(crate) nothing_to_do: bool,
    pub(crate) interrupted: bool,
    pub(crate) recorded: bool,
    pub(crate) error: Option<String>,
}

/// The JSON object of an order, and of whatever kept one from being made. What is not known is null.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Report {
    #[serde(flatten)]
    pub(crate) marks: Marks,
    operation: Option<String>,
    target: Option<String>,
    /// Its id in the journal.
    pub(crate) journal_id: Option<String>,
    status: Option<u16>,
    pub(crate) order_id: Option<String>,
    pub(crate) order_number: Option<String>,
    pub(crate) amount: Option<Money>,
    pub(crate) currency: Option<String>,
    balance_before: Option<Money>,
    balance_after: Option<Money>,
    pub(crate) expires_at: Option<CivilDateTime>,
    pub(crate) message: Option<String>,
    /// Why it was not accepted, in our words.
    reason: Option<String>,
    pub(crate) warnings: Vec<String>,
    pub(crate) advice: Option<String>,
    /// How long the provider asked to wait before the next try.
    retry_after_seconds: Option<u64>,
    reply: Option<Value>,
    /// Only of a dry run.
    pub(crate) request: Option<Value>,
    /// It is unknown to its sender alone, and no verifying of this order changes that.
    #[serde(skip)]
    pub(crate) unheard: bool,
    /// What was ordered, for people.
    #[serde(skip)]
    words: String,
    /// What to say first.
    #[serde(skip)]
    first: Option<String>,
}

impl Marks {
    /// What is known of an order by its state.
    pub(crate) fn of(entry: &Entry) -> Self {
        let outcome = match entry.state {
            State::Accepted | State::Confirmed => Outcome::Accepted,
            State::Refused => Outcome::Refused,
            State::NotSent | State::NotOrdered => Outcome::NotSent,
            _ => Outcome::Unknown,
        };
        let exit_code = match (outcome, status(entry)) {
            (Outcome::Accepted, _) => Exit::Success,
            (Outcome::Refused, Some(401 | 403)) => Exit::Configuration,
            (Outcome::Refused, _) => Exit::Refused,
            (Outcome::NotSent, _) => Exit::NotSent,
            (Outcome::Unknown, _) => Exit::Unknown,
        };
        Self { outcome: Some(outcome), exit_code, ..Self::default() }
    }

    pub(crate) fn interrupt(&mut self) {
        self.interrupted = true;
        self.exit_code = Exit::Interrupted;
    }
}

fn status(entry: &Entry) -> Option<u16> {
    match entry.answer.as_ref()? {
        Answer::Receipt(receipt) => Some(receipt.status),
        Answer::Failure(failure) => failure.status,
    }
}

impl Report {
    /// No order of the journal's; `marks` say why.
    pub(crate) fn without_order(
        operation: &str,
        target: &str,
        words: String,
        marks: Marks,
        message: impl Into<String>,
    ) -> Self {
        Self {
            marks,
            operation: Some(operation.to_owned()),
            target: Some(target.to_owned()),
            message: Some(message.into()),
            words,
            ..Self::default()
        }
    }

    /// Nothing was done; `journal` says where the journal is.
    pub(crate) fn error(error: &CliError, journal: &str) -> Self {
        let marks = Marks {
            exit_code: error.exit(),
            error: Some(error.message(journal)),
            interrupted: matches!(error, CliError::Interrupted(_)),
            blocked: matches!(error, CliError::UnderWay { .. }),
            blocked_by: match error {
                CliError::UnderWay { id, .. } => Some(id.clone()),
                _ => None,
            },
            ..Marks::default()
        };
        Self { marks, ..Self::default() }
    }

    /// An order as the journal has it.
    pub(crate) fn of(entry: &Entry, words: String) -> Self {
        let mut report = Self {
            marks: Marks::of(entry),
            operation: Some(entry.operation.clone()),
            target: Some(entry.target.clone()),
            journal_id: Some(entry.id.clone()),
            status: status(entry),
            warnings: entry.notes.clone(),
            words,
            ..Self::default()
        };
        report.advice = match report.marks.outcome {
            // Here, the journal finds out what the library can only tell people to look for.
            Some(Outcome::Unknown) => Some(unknown_advice(&entry.id)),
            Some(Outcome::Accepted) | None => None,
            Some(ended) => Some(ended.advice(report.status).to_owned()),
        };
        match &entry.answer {
            Some(Answer::Receipt(receipt)) => {
                report.order_id.clone_from(&receipt.order_id);
                report.order_number.clone_from(&receipt.order_number);
                report.amount = receipt.amount;
                report.currency.clone_from(&receipt.currency);
                report.balance_before = receipt.balance_before;
                report.balance_after = receipt.balance_after;
                report.expires_at = receipt.expires_at;
                report.message.clone_from(&receipt.message);
                report.warnings.extend(receipt.warnings.iter().cloned());
                report.reply.clone_from(&receipt.reply);
            }
            Some(Answer::Failure(failure)) => {
                report.message = failure.message.clone().or_else(|| Some(failure.reason.clone()));
                report.reason = Some(failure.reason.clone());
                report.retry_after_seconds = failure.retry_after_seconds;
                report.reply.clone_from(&failure.reply);
            }
            None => {}
        }
        if entry.receipt().is_none() {
            report.found_out(entry);
        }
        report
    }

    /// What others have said since of an order whose sender could not.
    fn found_out(&mut self, entry: &Entry) {
        let stands = matches!(entry.state, State::Confirmed | State::NotOrdered);
        if let Some(resolved) = entry.resolutions.last().filter(|_| stands) {
            self.message = Some(format!("a person has said so: {}", resolved.reason));
            return;
        }
        match entry.findings.as_ref().map(|findings| &findings.verdict) {
            Some(Verdict::Confirmed { .. } | Verdict::NotOrdered) if !stands => {}
            Some(Verdict::Confirmed { order }) => {
                self.order_id = order.id.as_ref().map(ToString::to_string);
                self.order_number = order.number.as_ref().map(ToString::to_string);
                self.amount = order.amount;
                self.message = Some("it was found out that the order was placed".to_owned());
            }
            Some(Verdict::NotOrdered) => {
                self.message = Some("it was found out that the order was not placed".to_owned());
            }
            Some(Verdict::Undecided { why }) => {
                self.message = Some(format!("what became of it is undecided: {why}"));
            }
            None => {}
        }
    }

    /// Its sender does not know what became of it, whatever others have said: a newer order stands in the
    /// way of writing that down.
    pub(crate) fn unheard(&mut self, advice: &str) {
        self.marks.outcome = Some(Outcome::Unknown);
        self.marks.exit_code = Exit::Unknown;
        self.message.clone_from(&self.reason);
        self.advice = Some(advice.to_owned());
        self.unheard = true;
    }

    /// It was ordered before, under the same reference.
    pub(crate) fn recorded(mut self, entry: &Entry) -> Self {
        let word = self.marks.outcome.map_or("unknown", Outcome::as_str).replace('_', " ");
        self.marks.recorded = true;
        self.first = Some(format!(
            "Nothing was charged now: this reference was ordered on {:.19}Z and is {word}",
            entry.created_at.to_string()
        ));
        self
    }

    /// An earlier order stands in the way.
    pub(crate) fn blocked(operation: &str, words: String, earlier: &Entry) -> Self {
        let message = format!(
            "nothing was sent: an earlier order for the same target, {} of {:.19}Z, is {}, and may have been placed",
            earlier.id,
            earlier.created_at.to_string(),
            earlier.state
        );
        let marks = Marks {
            exit_code: Exit::Blocked,
            blocked: true,
            blocked_by: Some(earlier.id.clone()),
            error: Some(message.clone()),
            ..Marks::default()
        };
        let mut report = Self::without_order(operation, &earlier.target, words, marks, message);
        report.advice = Some(format!(
            "`oxhost orders verify {}` finds out what became of it; then order again.",
            earlier.id
        ));
        report
    }

    /// Prints it, and gives the exit code.
    pub(crate) fn tell(&self, output: Output) -> Exit {
        let exit = self.marks.exit_code;
        let written = match output.format {
            Format::Json => output.json(self),
            Format::Text => match self.marks.error.as_ref().filter(|_| self.operation.is_none()) {
                Some(error) => {
                    output.note(&format!("error: {}", one_line(error)));
                    Ok(())
                }
                None => {
                    let rest = format!(": {}", self.lines());
                    output.report(exit, &self.word(), &rest)
                }
            },
        };
        output.result(written, exit, &self.line())
    }

    /// The first word.
    fn word(&self) -> String {
        if let Some(first) = &self.first {
            return first.clone();
        }
        match (self.marks.outcome, &self.marks) {
            (Some(outcome), _) => outcome.to_string(),
            (None, Marks { blocked: true, .. }) => "blocked".to_owned(),
            (None, Marks { dry_run: true, .. }) => "dry run".to_owned(),
            (None, Marks { nothing_to_do: true, .. }) => "nothing to do".to_owned(),
            (None, Marks { interrupted: true, .. }) => "interrupted".to_owned(),
            (None, _) => "nothing was ordered".to_owned(),
        }
    }

    /// All of it that must not be lost, on one line.
    fn line(&self) -> String {
        let said = self.marks.error.as_ref().or(self.advice.as_ref());
        let said = said.or(self.message.as_ref()).or(self.reason.as_ref());
        let said = said.map_or("", String::as_str);
        if self.operation.is_none() {
            // As it is said in text, where a usage error has paragraphs.
            let said: Vec<&str> = said.split_whitespace().collect();
            return one_line(&format!("error: {}", said.join(" ")));
        }
        let id = self.journal_id.as_ref().map(|id| format!(" (journal {id})"));
        let what = format!("{}: {}{}", self.word(), self.words, id.unwrap_or_default());
        one_line(&if said.is_empty() { what } else { format!("{what}. {said}") })
    }

    /// For people, behind the first word.
    fn lines(&self) -> String {
        let exit = self.marks.exit_code;
        let mut lines = vec![one_line(&self.words)];
        let mut line = |name: &str, value: Option<String>| {
            if let Some(value) = value {
                lines.push(format!("  {name:<9} {}", one_line(&value)));
            }
        };
        let currency = self.currency.as_deref().map(|it| format!(" {it}")).unwrap_or_default();
        let money = |amount: Money| format!("{amount}{currency}");
        line("cost", self.amount.map(money));
        line("balance", self.balance_after.map(|it| format!("{} after the charge", money(it))));
        line("balance", self.balance_before.map(|it| format!("{} before the charge", money(it))));
        line("expires", self.expires_at.map(|it| it.to_string()));
        line("order", self.order_number.clone());
        line("order id", self.order_id.clone());
        line(
            "status",
            self.status.filter(|_| exit != Exit::Success).map(|it| format!("HTTP {it}")),
        );
        line("journal", self.journal_id.clone().filter(|_| exit != Exit::Success));
        line("reason", self.reason.clone().filter(|reason| self.message.as_ref() != Some(reason)));
        line("message", self.message.clone());
        for warning in &self.warnings {
            line("warning", Some(warning.clone()));
        }
        line("retry", self.retry_after_seconds.map(|wait| format!("after {wait} s")));
        line("advice", self.advice.clone());
        lines.join("\n")
    }
}

/// What to do about an order that may have been placed.
pub(crate) fn unknown_advice(id: &str) -> String {
    // The library's first sentence, and what there is to do with a journal.
    let advice = Outcome::Unknown.advice(None);
    let warning = advice.split_inclusive('.').next().unwrap_or(advice);
    format!("{warning} `oxhost orders verify {id}` finds out what became of it.")
}
