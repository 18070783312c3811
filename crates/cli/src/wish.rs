//! What the command line wants ordered, from there to its report.

use std::io::IsTerminal;

use jiff::civil::Date;
use oxhost::contract::{API_KEY_HEADER, OPERATIONS, Operation};
use oxhost::types::{Payment, PleskRenewalOrder, ServerExtensionOrder, SubscriptionId};
use oxhost::{CivilDateTime, Client, InvalidOrder, Order as _, Until};
use oxhost_journal::{Claim, Journal, JournalError, State};
use oxhost_sandbox::Sandbox;
use serde_json::{Value, json};

use crate::args::{Extend, Format, Options, Placing, Renew};
use crate::configuration;
use crate::hindrance::Hindrance;
use crate::interruption::interruption;
use crate::journal;
use crate::order::Order;
use crate::output::Output;
use crate::report::{Exit, Report, one_line, unknown_advice};

pub(crate) struct Wish {
    goal: Goal,
    placing: Placing,
}

enum Goal {
    Order(Order),
    Until { subscription: SubscriptionId, date: Date, payment: Payment },
}

impl TryFrom<Renew> for Wish {
    type Error = InvalidOrder;

    fn try_from(args: Renew) -> Result<Self, InvalidOrder> {
        let payment = args.pay.into();
        // Checked as an order is, whatever its months.
        let checked = PleskRenewalOrder::new(args.subscription_id, args.months.unwrap_or(1))?;
        let goal = match args.until {
            Some(date) => Goal::Until { subscription: checked.subscription_id, date, payment },
            None => Goal::Order(Order::Renew(PleskRenewalOrder {
                type_payment: payment,
                // clap takes no empty id, the only one that is refused here.
                new_plan_id: args.plan.and_then(|plan| plan.parse().ok()),
                ..checked
            })),
        };
        Ok(Self { goal, placing: args.placing })
    }
}

impl TryFrom<Extend> for Wish {
    type Error = InvalidOrder;

    fn try_from(args: Extend) -> Result<Self, InvalidOrder> {
        let order = ServerExtensionOrder::new(args.user, args.server_id, args.hours)?;
        Ok(Self { goal: Goal::Order(Order::Extend(order)), placing: args.placing })
    }
}

/// An order, and when its subscription must still end for it to be wanted.
struct Wanted {
    order: Order,
    ends: Option<CivilDateTime>,
    operation: &'static Operation,
}

pub(crate) async fn run(wish: Wish, options: &Options, output: Output) -> Result<Exit, Hindrance> {
    let sandbox = options.sandbox.then(Sandbox::start).transpose().map_err(|error| {
        Hindrance::Configuration(format!("the sandbox cannot be started: {error}"))
    })?;
    let client = configuration::client(options, sandbox.as_ref())?;
    let is_sandbox = sandbox.is_some();
    let ask = !is_sandbox && !options.yes;
    if ask && !options.dry_run && !can_ask() {
        return Err(Hindrance::Usage(
            "this charges money, and there is no terminal to ask on: add --yes".to_owned(),
        ));
    }
    let (order, ends) = match wish.goal {
        Goal::Order(order) => (order, None),
        Goal::Until { subscription, date, payment } => {
            match client.missing_until(&subscription, date).await {
                Ok(Until::Missing { order, ends }) => {
                    let order = PleskRenewalOrder { type_payment: payment, ..order };
                    (Order::Renew(order), Some(ends))
                }
                Ok(Until::Already(ends)) => {
                    let report = already(&subscription, ends);
                    tell(&report, &goal_words(&subscription, date), is_sandbox, output);
                    return Ok(report.exit);
                }
                Err(error) => {
                    let operation = PleskRenewalOrder::OPERATION;
                    let report = Report::unread(operation, &subscription, &error);
                    tell(&report, &goal_words(&subscription, date), is_sandbox, output);
                    return Ok(report.exit);
                }
            }
        }
    };
    let operation = OPERATIONS.iter().find(|operation| operation.id == order.operation());
    let Some(operation) = operation else {
        return Err(Hindrance::Configuration("the contract lacks this operation".to_owned()));
    };
    let wanted = Wanted { order, ends, operation };
    let report = if options.dry_run {
        dry_run(&wanted.order, operation, &client)
    } else {
        let opened = journal::open(options, is_sandbox).await?;
        let journal = match wish.placing.no_baseline {
            true => opened.journal.clone().with_baseline(None),
            false => opened.journal.clone(),
        };
        wanted.place(&client, &journal, &wish.placing, ask, output).await?
    };
    tell(&report, &wanted.order.words(), is_sandbox, output);
    Ok(report.exit)
}

fn goal_words(subscription: &SubscriptionId, date: Date) -> String {
    one_line(&format!("renewal of Plesk subscription {} until {date}", subscription.as_str()))
}

fn already(subscription: &SubscriptionId, ends: CivilDateTime) -> Report {
    let message = format!("nothing to order: it lasts until {ends} already");
    let operation = PleskRenewalOrder::OPERATION;
    Report::abandoned("not_sent", operation, subscription, Exit::Accepted, &message, "")
}

fn tell(report: &Report, words: &str, sandbox: bool, output: Output) {
    if output.format == Format::Json {
        output.json(report);
        return;
    }
    let text = report.text(words);
    match &report.request {
        Some(request) => output.text(&format!("{}\n{text}", request_text(request))),
        None if report.exit == Exit::Accepted => output.text(&text),
        None => output.note(&text),
    }
    if sandbox {
        output.note("(sandbox: no real money was involved)");
    }
}

fn can_ask() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

impl Wanted {
    fn stopped(&self, outcome: &'static str, exit: Exit, message: &str, advice: &str) -> Report {
        Report::abandoned(outcome, self.operation.id, self.order.target(), exit, message, advice)
    }

    async fn place(
        &self,
        client: &Client,
        journal: &Journal,
        placing: &Placing,
        ask: bool,
        output: Output,
    ) -> Result<Report, Hindrance> {
        let mut interrupted = interruption();
        let unwanted =
            |exit, message| Ok(self.stopped("not_sent", exit, message, "Nothing was charged."));
        if ask {
            tokio::select! {
                biased;
                () = &mut interrupted => {
                    return unwanted(Exit::Interrupted, "interrupted before anything was sent");
                }
                yes = self.is_confirmed(client, output) => if !yes {
                    return unwanted(Exit::NotSent, "you said no");
                }
            }
        }
        let ticket = match self.order.claim(journal, placing.reference.as_deref()).await {
            Ok(Claim::Ours(ticket)) => ticket,
            Ok(Claim::Recorded(entry)) => return Ok(Report::recorded(&entry)),
            Err(JournalError::Blocked(entry)) => {
                return Ok(Report::blocked(self.operation.id, &entry));
            }
            Err(error) => return Err(error.into()),
        };
        let id = ticket.id().to_owned();
        let ticket = match self.ends {
            Some(ends) => ticket.only_if_it_ends(ends),
            None => ticket,
        };
        output.progress("waiting for the answer …");
        let mut report = tokio::select! {
            biased;
            report = self.order.send(client, journal, ticket) => report?,
            () = &mut interrupted => return Ok(self.left(journal, &id).await),
        };
        if report.exit != Exit::Unknown || !placing.wait {
            return Ok(report);
        }
        output.progress("the order may have been placed; finding out …");
        let settle = journal::settle(&placing.settle, output);
        tokio::select! {
            biased;
            found = journal.find_out(client, &id, &settle) => match found {
                Ok(entry) => report = Report::found(&entry),
                // The order is as unknown as before.
                Err(error) => report.warnings.push(format!("it was not found out: {error}")),
            },
            () = &mut interrupted => report.exit = Exit::Interrupted,
        }
        Ok(report)
    }

    async fn is_confirmed(&self, client: &Client, output: Output) -> bool {
        output.ask(&format!(
            "{}\n  at {}. This charges money. Go on? [y/N] ",
            self.order.words(),
            // Where it really goes: --base-url leads elsewhere.
            client.url(self.operation).as_deref().unwrap_or(self.operation.server)
        ));
        let answer = tokio::task::spawn_blocking(|| {
            let mut line = String::new();
            std::io::stdin().read_line(&mut line).map(|_| line)
        });
        let line = answer.await.ok().and_then(Result::ok).unwrap_or_default();
        ["y", "yes"].contains(&line.trim().to_lowercase().as_str())
    }

    /// The user left while the order was under way. The journal knows how far it had come.
    async fn left(&self, journal: &Journal, id: &str) -> Report {
        let why = match journal.take_back(id, "interrupted before it was sent").await {
            Ok(_) => {
                let message = "interrupted before anything was sent";
                return self.stopped(
                    "not_sent",
                    Exit::Interrupted,
                    message,
                    "Nothing was charged.",
                );
            }
            Err(JournalError::Settled { state: State::Open | State::Unknown, .. }) => None,
            // It had just ended.
            Err(JournalError::Settled { .. }) => match journal.get(id).await {
                Ok(entry) => return Report::recorded(&entry),
                Err(error) => Some(error),
            },
            Err(error) => Some(error),
        };
        let message = "interrupted while the order was under way";
        let mut report = self.stopped("unknown", Exit::Interrupted, message, &unknown_advice(id));
        report
            .warnings
            .extend(why.map(|error| format!("how far it had come is not known: {error}")));
        report.journal_id = Some(id.to_owned());
        report
    }
}

fn dry_run(order: &Order, operation: &'static Operation, client: &Client) -> Report {
    let mut report = Report::abandoned(
        "not_sent",
        operation.id,
        order.target(),
        Exit::Accepted,
        "dry run: nothing was sent",
        "Leave out --dry-run to order.",
    );
    report.request = Some(json!({
        "method": operation.method,
        "url": client.url(operation),
        "headers": {
            "accept": "application/json",
            "content-type": "application/json",
            "user-agent": concat!("oxhost/", env!("CARGO_PKG_VERSION")),
            API_KEY_HEADER: "[redacted]",
        },
        "body": order.body(),
    }));
    report
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
