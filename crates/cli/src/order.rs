//! An order, whichever it is.

use std::num::NonZeroU32;

use oxhost::types::{PleskRenewalOrder, ServerExtensionOrder};
use oxhost::{Client, Order as _, OrderReply};
use oxhost_journal::{Claim, Journal, JournalError, JournaledOrder, Look, Placed, Ticket};
use serde_json::Value;

use crate::hindrance::Hindrance;
use crate::report::{Exit, Report, one_line};

/// An order that could be sent.
pub(crate) enum Order {
    Renew(PleskRenewalOrder),
    Extend(ServerExtensionOrder),
}

impl From<JournaledOrder> for Order {
    fn from(order: JournaledOrder) -> Self {
        match order {
            JournaledOrder::Renewal(order) => Self::Renew(order),
            JournaledOrder::Extension(order) => Self::Extend(order),
        }
    }
}

impl Order {
    pub(crate) fn operation(&self) -> &'static str {
        match self {
            Self::Renew(_) => PleskRenewalOrder::OPERATION,
            Self::Extend(_) => ServerExtensionOrder::OPERATION,
        }
    }

    pub(crate) fn target(&self) -> &str {
        match self {
            Self::Renew(order) => order.target(),
            Self::Extend(order) => order.target(),
        }
    }

    /// What is ordered, in words. An id may come from anywhere.
    pub(crate) fn words(&self) -> String {
        one_line(&match self {
            Self::Renew(order) => {
                let plan = order
                    .new_plan_id
                    .as_ref()
                    .map(|plan| format!(" and move to plan {}", plan.as_str()));
                format!(
                    "renewal of Plesk subscription {} by {}{}, paid by {}",
                    order.subscription_id.as_str(),
                    counted(order.months, "calendar month"),
                    plan.unwrap_or_default(),
                    order.type_payment
                )
            }
            Self::Extend(order) => {
                let hours = counted(order.hours, "hour");
                format!("extension of server {} by {hours}", order.server_id.as_str())
            }
        })
    }

    pub(crate) fn body(&self) -> Value {
        let body = match self {
            Self::Renew(order) => serde_json::to_value(order),
            Self::Extend(order) => serde_json::to_value(order),
        };
        // Texts and numbers: there is nothing in an order that JSON could not hold.
        body.unwrap_or_default()
    }

    pub(crate) async fn claim(
        &self,
        journal: &Journal,
        reference: Option<&str>,
    ) -> Result<Claim, JournalError> {
        match self {
            Self::Renew(order) => journal.claim(order, reference).await,
            Self::Extend(order) => journal.claim(order, reference).await,
        }
    }

    pub(crate) async fn send(
        &self,
        client: &Client,
        journal: &Journal,
        ticket: Ticket,
    ) -> Result<Report, Hindrance> {
        match self {
            Self::Renew(order) => self.told(journal.send(client, order, ticket).await),
            Self::Extend(order) => self.told(journal.send(client, order, ticket).await),
        }
    }

    fn told<T: OrderReply>(
        &self,
        placed: Result<Placed<T>, JournalError>,
    ) -> Result<Report, Hindrance> {
        let (operation, target) = (self.operation(), self.target());
        let mut report = match placed {
            Ok(Placed::Sent(Ok(accepted), entry)) => {
                let mut report = Report::accepted(operation, target, &accepted);
                report.journal_id = Some(entry.id);
                report
            }
            Ok(Placed::Sent(Err(error), entry)) => {
                let mut report = Report::failed(operation, target, &error);
                // An order that is known has nothing to be found out.
                if let (Exit::Unknown, Some(Look::Failed(why))) = (report.exit, &entry.baseline) {
                    report.warnings.push(format!(
                        "finding out is left to you: what there was before the order was not read ({})",
                        one_line(why)
                    ));
                }
                report.journal_id = Some(entry.id);
                report
            }
            Ok(Placed::Recorded(entry)) => Report::recorded(&entry),
            Err(error @ JournalError::NotRecorded { .. }) => {
                let why = error.to_string();
                match error {
                    JournalError::NotRecorded { id, state, outcome, .. } => {
                        Report::unwritten(operation, target, (id, state), &outcome, &why)
                    }
                    error => return Err(error.into()),
                }
            }
            Err(error @ (JournalError::TakenBack(_) | JournalError::Moved(_))) => {
                let why = error.to_string();
                let advice = "Nothing was charged. Run the same again.";
                Report::abandoned("not_sent", operation, target, Exit::NotSent, &why, advice)
            }
            Err(error) => return Err(error.into()),
        };
        report.tell_what_next();
        Ok(report)
    }
}

fn counted(number: NonZeroU32, unit: &str) -> String {
    let plural = if number.get() == 1 { "" } else { "s" };
    format!("{number} {unit}{plural}")
}
