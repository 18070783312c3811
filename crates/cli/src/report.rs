//! How an order ended: one object for machines, a few lines for people, one exit code.

use anstyle::{AnsiColor, Style};
use oxhost::{Accepted, Error, OrderReply};
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
    warnings: Vec<String>,
    advice: Option<String>,
    reply: Option<Value>,
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
            advice: Some(advice.to_owned()),
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
            request: None,
            exit,
        }
    }

    /// For people. `what` says what was ordered.
    pub(crate) fn text(&self, what: &str) -> String {
        let style = Style::new().bold().fg_color(Some(
            match self.exit {
                Exit::Accepted => AnsiColor::Green,
                Exit::Unknown | Exit::Interrupted => AnsiColor::Yellow,
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
        line("message", self.message.clone());
        for warning in &self.warnings {
            line("warning", Some(warning.clone()));
        }
        line("advice", self.advice.clone());
        lines.join("\n")
    }
}

/// The words of others must not steer a terminal.
pub(crate) fn one_line(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}
