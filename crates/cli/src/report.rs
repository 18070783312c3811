//! How an order ended: one object for machines, a few lines for people, one exit code.

use anstyle::{AnsiColor, Style};
use oxhost::contract::OPERATIONS;
use oxhost::{Accepted, Error, OrderReply};
use oxhost_journal::{Entry, State, Verdict};
use serde::Serialize;
use serde_json::Value;

/// The exit codes, as `--help` lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    Accepted = 0,
    Usage = 2,
    Configuration = 3,
    Refused = 4,
    NotSent = 5,
    Unknown = 6,
    Blocked = 8,
    Interrupted = 130,
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// The JSON object. What is not known is null.
#[derive(Serialize)]
pub(crate) struct Report {
    pub(crate) outcome: &'static str,
    operation: &'static str,
    target: String,
    status: Option<u16>,
    order_id: Option<String>,
    order_number: Option<String>,
    amount: Option<String>,
    currency: Option<String>,
    balance_after: Option<String>,
    balance_before: Option<String>,
    expires_at: Option<String>,
    message: Option<String>,
    pub(crate) warnings: Vec<String>,
    pub(crate) advice: Option<String>,
    reply: Option<Value>,
    /// Id in the journal.
    pub(crate) journal_id: Option<String>,
    /// Whether this was recorded before, and nothing was sent now.
    pub(crate) recorded: bool,
    /// Only of a dry run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) request: Option<Value>,
    #[serde(skip)]
    pub(crate) exit: Exit,
}

/// The JSON object where no order was made of the command line.
#[derive(Serialize)]
pub(crate) struct Trouble {
    outcome: &'static str,
    message: String,
}

impl Trouble {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { outcome: "error", message: message.into() }
    }
}

impl Report {
    pub(crate) fn accepted<T: OrderReply>(
        operation: &'static str,
        target: &str,
        accepted: &Accepted<T>,
    ) -> Self {
        let reply = accepted.reply().redacted().ok();
        let screen = accepted.reply().screen();
        let owned = |text: Option<&str>| text.map(|text| screen.text(text).to_owned());
        let mut warnings: Vec<String> =
            accepted.warnings().iter().map(ToString::to_string).collect();
        if reply.is_none() {
            warnings.push("the reply holds JSON that cannot be shown".to_owned());
        }
        Self {
            status: Some(accepted.reply().status().as_u16()),
            order_id: owned(accepted.order_id()),
            order_number: owned(accepted.order_number()),
            amount: accepted.amount().map(|amount| amount.to_string()),
            currency: owned(accepted.currency()),
            balance_after: accepted.balance_after().map(|amount| amount.to_string()),
            balance_before: accepted.balance_before().map(|amount| amount.to_string()),
            expires_at: accepted.new_expiry().map(|at| at.to_string()),
            // Where nothing could be blanked, the provider's words may hold a secret.
            message: reply.as_ref().and_then(|reply| match reply.get("message") {
                Some(message) => message.as_str().map(str::to_owned),
                None => owned(accepted.message()),
            }),
            warnings,
            reply,
            ..Self::bare("accepted", operation, target, Exit::Accepted)
        }
    }

    pub(crate) fn failed(operation: &'static str, target: &str, error: &Error) -> Self {
        let failure = error.failure();
        let status = failure.status().map(|status| status.as_u16());
        let exit = match (error, status) {
            (Error::Refused(_), Some(401 | 403)) => Exit::Configuration,
            (Error::Refused(_), _) => Exit::Refused,
            (Error::NotSent(_), _) => Exit::NotSent,
            _ => Exit::Unknown,
        };
        Self {
            status,
            message: Some(failure.message().unwrap_or(failure.reason()).to_owned()),
            advice: Some(error.advice().to_owned()),
            reply: failure.reply().and_then(|reply| reply.redacted().ok()),
            ..Self::bare(error.outcome(), operation, target, exit)
        }
    }

    /// What a goal lacks could not be read, so nothing was ordered.
    pub(crate) fn unread(operation: &'static str, target: &str, error: &Error) -> Self {
        let report = Self::failed(operation, target, error);
        match report.exit {
            // Of a read, nothing can be unknown but what it reads.
            Exit::Unknown => Self { outcome: "not_sent", exit: Exit::NotSent, ..report },
            _ => report,
        }
    }

    /// An earlier order stands in the way.
    pub(crate) fn blocked(operation: &'static str, earlier: &Entry) -> Self {
        let message = format!(
            "nothing was sent: an earlier order for the same target, {} of {:.19}Z, is {}, and may have been placed",
            earlier.id,
            earlier.created_at.to_string(),
            earlier.state
        );
        let advice = format!(
            "`oxhost orders verify {}` finds out what became of it; then order again.",
            earlier.id
        );
        let mut report = Self::abandoned(
            "not_sent",
            operation,
            &earlier.target,
            Exit::Blocked,
            &message,
            &advice,
        );
        report.journal_id = Some(earlier.id.clone());
        report
    }

    /// Names the command that finds out, where there is something to be found out.
    pub(crate) fn tell_what_next(&mut self) {
        if let (Exit::Unknown, Some(id)) = (self.exit, &self.journal_id) {
            self.advice = Some(unknown_advice(id));
        }
    }

    /// An order as the journal has it.
    pub(crate) fn recorded(entry: &Entry) -> Self {
        let (outcome, exit) = word(entry.state);
        let advice = match outcome {
            "unknown" => Some(unknown_advice(&entry.id)),
            "not_sent" => Some("Nothing was charged. It is safe to order again.".to_owned()),
            "refused" => Some("Nothing was charged.".to_owned()),
            _ => None,
        };
        let mut report = Self {
            advice,
            journal_id: Some(entry.id.clone()),
            recorded: true,
            message: entry.reason.clone(),
            ..Self::bare(outcome, known_operation(&entry.operation), &entry.target, exit)
        };
        report.take(&entry.outcome);
        match entry.findings.as_ref().map(|findings| &findings.verdict) {
            Some(Verdict::Confirmed { order }) => {
                report.order_id = Some(order.id.clone());
                report.order_number.clone_from(&order.number);
                report.amount = order.amount.map(|amount| amount.to_string());
                report.message = Some("it was found out that the order was placed".to_owned());
            }
            Some(Verdict::NotOrdered) => {
                report.message = Some("it was found out that the order was not placed".to_owned());
            }
            Some(Verdict::Undecided { why }) => {
                report.message = Some(format!("what became of it is undecided: {why}"));
            }
            _ => {}
        }
        report
    }

    /// An order of now, as it was found out.
    pub(crate) fn found(entry: &Entry) -> Self {
        Self { recorded: false, ..Self::recorded(entry) }
    }

    /// An order that was sent, and could not be written down as it ended.
    pub(crate) fn unwritten(
        operation: &'static str,
        target: &str,
        (id, state): (String, State),
        outcome: &Value,
        why: &str,
    ) -> Self {
        let (word, exit) = word(state);
        let mut report = Self {
            journal_id: Some(id),
            warnings: vec![why.to_owned()],
            ..Self::bare(word, operation, target, exit)
        };
        report.take(outcome);
        report
    }

    /// What the journal keeps of an answer.
    fn take(&mut self, outcome: &Value) {
        let text = |name: &str| outcome.get(name).and_then(Value::as_str).map(str::to_owned);
        let status = outcome.get("status").and_then(Value::as_u64);
        self.status = status.and_then(|status| u16::try_from(status).ok());
        self.order_id = text("order_id");
        self.order_number = text("order_number");
        self.amount = text("amount");
        self.currency = text("currency");
        self.balance_before = text("balance_before");
        self.balance_after = text("balance_after");
        self.expires_at = text("expires_at");
        self.message = self.message.take().or(text("message")).or(text("reason"));
        let warnings = outcome.get("warnings").and_then(Value::as_array).into_iter().flatten();
        self.warnings.extend(warnings.filter_map(Value::as_str).map(str::to_owned));
        self.reply = outcome.get("reply").filter(|reply| !reply.is_null()).cloned();
    }

    /// The order was not sent because the user did not want it, or unknown because he left.
    pub(crate) fn abandoned(
        outcome: &'static str,
        operation: &'static str,
        target: &str,
        exit: Exit,
        message: &str,
        advice: &str,
    ) -> Self {
        Self {
            message: Some(message.to_owned()),
            advice: Some(advice.to_owned()).filter(|advice| !advice.is_empty()),
            ..Self::bare(outcome, operation, target, exit)
        }
    }

    fn bare(outcome: &'static str, operation: &'static str, target: &str, exit: Exit) -> Self {
        Self {
            outcome,
            operation,
            target: target.to_owned(),
            status: None,
            order_id: None,
            order_number: None,
            amount: None,
            currency: None,
            balance_after: None,
            balance_before: None,
            expires_at: None,
            message: None,
            warnings: Vec::new(),
            advice: None,
            reply: None,
            journal_id: None,
            recorded: false,
            request: None,
            exit,
        }
    }

    /// For people. `what` says what was ordered.
    pub(crate) fn text(&self, what: &str) -> String {
        let style = Style::new().bold().fg_color(Some(
            match self.exit {
                Exit::Accepted => AnsiColor::Green,
                Exit::Unknown | Exit::Blocked | Exit::Interrupted => AnsiColor::Yellow,
                _ => AnsiColor::Red,
            }
            .into(),
        ));
        let word = self.outcome.replace('_', " ");
        let mut lines = vec![format!("{style}{word}{style:#}: {what}")];
        let mut line = |name: &str, value: Option<String>| {
            if let Some(value) = value {
                lines.push(format!("  {name:<9} {}", one_line(&value)));
            }
        };
        let money = |amount: &Option<String>| {
            let amount = amount.as_ref()?;
            Some(
                format!("{amount} {}", self.currency.as_deref().unwrap_or_default())
                    .trim_end()
                    .to_owned(),
            )
        };
        line("cost", money(&self.amount));
        line("balance", money(&self.balance_after).map(|it| format!("{it} after the charge")));
        line("balance", money(&self.balance_before).map(|it| format!("{it} before the charge")));
        line("expires", self.expires_at.clone());
        line("order", self.order_number.clone());
        line("order id", self.order_id.clone());
        line(
            "status",
            self.status.filter(|_| self.exit != Exit::Accepted).map(|it| format!("HTTP {it}")),
        );
        line("journal", self.journal_id.clone().filter(|_| self.exit != Exit::Accepted));
        line("message", self.message.clone());
        for warning in &self.warnings {
            line("warning", Some(warning.clone()));
        }
        line("advice", self.advice.clone());
        lines.join("\n")
    }
}

/// What to do about an order that may have been placed.
pub(crate) fn unknown_advice(id: &str) -> String {
    format!(
        "Do NOT send it again: it may be charged twice. `oxhost orders verify {id}` finds out what became of it."
    )
}

/// The word and the exit code of a state of the journal.
fn word(state: State) -> (&'static str, Exit) {
    match state {
        State::Accepted | State::Confirmed => ("accepted", Exit::Accepted),
        State::Refused => ("refused", Exit::Refused),
        State::NotSent | State::NotOrdered => ("not_sent", Exit::NotSent),
        _ => ("unknown", Exit::Unknown),
    }
}

/// An operation of a contract that is no longer ours has no name in it.
fn known_operation(id: &str) -> &'static str {
    OPERATIONS.iter().map(|operation| operation.id).find(|known| *known == id).unwrap_or_default()
}

/// The words of others must not steer a terminal.
pub(crate) fn one_line(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}
