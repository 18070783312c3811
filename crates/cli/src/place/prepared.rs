//! What the command line orders.

use std::num::NonZeroU32;

use jiff::civil::Date;
use oxhost::contract::{API_KEY_HEADER, Operation, operations};
use oxhost::types::{PleskRenewalOrder, ServerExtensionOrder, SubscriptionId};
use oxhost::{Client, InvalidOrder, Order as _};
use oxhost_journal::{BatchOrder, Entry, JournaledOrder};
use serde_json::{Value, json};

use crate::args::{Extend, Renew};
use crate::exit::Exit;
use crate::output::{Format, Output};
use crate::printable::one_line;
use crate::report::{Marks, Report};

/// An order that is ready to be placed.
pub(crate) enum PreparedOrder {
    /// A renewal by months.
    Renewal(PleskRenewalOrder),
    /// A renewal by what is missing until a date.
    RenewalUntil(SubscriptionId, Date),
    /// An extension by hours.
    Extension(ServerExtensionOrder),
}

impl TryFrom<&Renew> for PreparedOrder {
    type Error = InvalidOrder;

    fn try_from(args: &Renew) -> Result<Self, InvalidOrder> {
        // Checked as an order is, whatever its months.
        let order =
            PleskRenewalOrder::new(args.subscription_id.as_str(), args.months.unwrap_or(1))?;
        Ok(match args.until {
            Some(date) => Self::RenewalUntil(order.subscription_id, date),
            None => Self::Renewal(PleskRenewalOrder {
                type_payment: args.pay.into(),
                // clap takes no empty id, the only one that is refused here.
                new_plan_id: args.plan.as_ref().and_then(|plan| plan.parse().ok()),
                ..order
            }),
        })
    }
}

impl TryFrom<&Extend> for PreparedOrder {
    type Error = InvalidOrder;

    fn try_from(args: &Extend) -> Result<Self, InvalidOrder> {
        let (user, server) = (args.user.as_str(), args.server_id.as_str());
        ServerExtensionOrder::new(user, server, args.hours).map(Self::Extension)
    }
}

impl From<&BatchOrder> for PreparedOrder {
    fn from(order: &BatchOrder) -> Self {
        match order {
            BatchOrder::Renewal(order) => Self::Renewal(order.clone()),
            BatchOrder::RenewalUntil { subscription_id, date } => {
                Self::RenewalUntil(subscription_id.clone(), *date)
            }
            BatchOrder::Extension(order) => Self::Extension(order.clone()),
        }
    }
}

impl PreparedOrder {
    /// What was ordered, if it is something that can be ordered from here.
    pub(crate) fn of(entry: &Entry) -> Option<Self> {
        Some(match entry.order()? {
            JournaledOrder::Renewal(order) => Self::Renewal(order),
            JournaledOrder::Extension(order) => Self::Extension(order),
        })
    }

    pub(crate) fn operation(&self) -> &'static Operation {
        match self {
            Self::Renewal(order) => order.operation(),
            Self::RenewalUntil(..) => &operations::RENEW_PLESK_SUBSCRIPTION,
            Self::Extension(order) => order.operation(),
        }
    }

    pub(crate) fn target(&self) -> &str {
        match self {
            Self::Renewal(order) => order.target(),
            Self::RenewalUntil(subscription, _) => subscription,
            Self::Extension(order) => order.target(),
        }
    }

    /// What is ordered, in words. An id may come from anywhere.
    pub(crate) fn words(&self) -> String {
        one_line(&match self {
            Self::Renewal(order) => {
                let plan = order.new_plan_id.as_ref();
                let plan = plan.map(|plan| format!(" and move to plan {}", plan.as_str()));
                format!(
                    "renewal of Plesk subscription {} by {}{}, paid by {}",
                    order.subscription_id.as_str(),
                    counted(order.months, "calendar month"),
                    plan.unwrap_or_default(),
                    order.type_payment
                )
            }
            Self::RenewalUntil(subscription, date) => {
                format!("renewal of Plesk subscription {} until {date}", subscription.as_str())
            }
            Self::Extension(order) => {
                let hours = counted(order.hours, "hour");
                format!("extension of server {} by {hours}", order.server_id.as_str())
            }
        })
    }

    /// Shows what would be sent.
    pub(crate) fn dry_run(&self, client: &Client, output: Output) -> Exit {
        let operation = self.operation();
        let body = match self {
            Self::Renewal(order) => serde_json::to_value(order),
            Self::Extension(order) => serde_json::to_value(order),
            Self::RenewalUntil(..) => Ok(Value::Null),
        };
        let request = json!({
            "method": operation.method,
            "url": client.url(operation),
            "headers": {
                "accept": "application/json",
                "connection": "close",
                "content-type": "application/json",
                "user-agent": concat!("oxhost/", env!("CARGO_PKG_VERSION")),
                API_KEY_HEADER: "[redacted]",
            },
            // Texts and numbers: there is nothing in an order that JSON could not hold.
            "body": body.unwrap_or_default(),
        });
        if output.format == Format::Text {
            // The report after it fails as this does.
            let _ = output.text(&request_text(&request));
        }
        let marks = Marks { dry_run: true, ..Marks::default() };
        let message = "nothing was sent";
        let mut report =
            Report::without_order(operation.id, self.target(), self.words(), marks, message);
        report.advice = Some("Leave out --dry-run to order.".to_owned());
        report.request = Some(request);
        report.tell(output)
    }
}

fn counted(number: NonZeroU32, unit: &str) -> String {
    let plural = if number.get() == 1 { "" } else { "s" };
    format!("{number} {unit}{plural}")
}

fn request_text(request: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut lines = vec![format!("{} {}", text(&request["method"]), text(&request["url"]))];
    for (name, value) in request["headers"].as_object().into_iter().flatten() {
        lines.push(format!("{name}: {}", text(value)));
    }
    lines.push(format!("\n{:#}\n", request["body"]));
    lines.join("\n")
}
