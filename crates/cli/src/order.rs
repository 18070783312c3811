//! One order, from the command line to its report.

use std::future::poll_fn;
use std::io::IsTerminal;
use std::num::NonZeroU32;
use std::task::Poll;

use oxhost::contract::{API_KEY_HEADER, OPERATIONS, Operation};
use oxhost::types::{PleskRenewalOrder, ServerExtensionOrder};
use oxhost::{Client, InvalidOrder};
use oxhost_sandbox::Sandbox;
use serde_json::{Value, json};

use crate::args::{Extend, Format, Options, Renew};
use crate::configuration;
use crate::hindrance::Hindrance;
use crate::output::Output;
use crate::report::{Exit, Report, one_line};

/// An order that could be sent.
pub(crate) enum Order {
    Renew(PleskRenewalOrder),
    Extend(ServerExtensionOrder),
}

impl TryFrom<Renew> for Order {
    type Error = InvalidOrder;

    fn try_from(args: Renew) -> Result<Self, InvalidOrder> {
        let mut order = PleskRenewalOrder::new(args.subscription_id, args.months)?;
        order.type_payment = args.pay.into();
        // clap takes no empty id, the only one that is refused here.
        order.new_plan_id = args.plan.and_then(|plan| plan.parse().ok());
        Ok(Self::Renew(order))
    }
}

impl TryFrom<Extend> for Order {
    type Error = InvalidOrder;

    fn try_from(args: Extend) -> Result<Self, InvalidOrder> {
        ServerExtensionOrder::new(args.user, args.server_id, args.hours).map(Self::Extend)
    }
}

impl Order {
    fn function(&self) -> &'static str {
        match self {
            Self::Renew(_) => "renew_plesk_subscription",
            Self::Extend(_) => "extend_server_hours",
        }
    }

    fn target(&self) -> &str {
        match self {
            Self::Renew(order) => &order.subscription_id,
            Self::Extend(order) => &order.server_id,
        }
    }

    /// What is ordered, in words. An id may come from anywhere.
    fn words(&self) -> String {
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

    fn body(&self) -> Value {
        let body = match self {
            Self::Renew(order) => serde_json::to_value(order),
            Self::Extend(order) => serde_json::to_value(order),
        };
        // Texts and numbers: there is nothing in an order that JSON could not hold.
        body.unwrap_or_default()
    }

    async fn send(&self, operation: &'static str, client: &Client) -> Report {
        let target = self.target();
        let report = match self {
            Self::Renew(order) => client
                .renew_plesk_subscription(order)
                .await
                .map(|accepted| Report::accepted(operation, target, &accepted)),
            Self::Extend(order) => client
                .extend_server_hours(order)
                .await
                .map(|accepted| Report::accepted(operation, target, &accepted)),
        };
        report.unwrap_or_else(|error| Report::failed(operation, target, &error))
    }
}

fn counted(number: NonZeroU32, unit: &str) -> String {
    let plural = if number.get() == 1 { "" } else { "s" };
    format!("{number} {unit}{plural}")
}

pub(crate) async fn run(
    order: Order,
    options: &Options,
    output: Output,
) -> Result<Exit, Hindrance> {
    let operation = OPERATIONS.iter().find(|operation| operation.function == order.function());
    let Some(operation) = operation else {
        return Err(Hindrance::Configuration("the contract lacks this operation".to_owned()));
    };
    let sandbox = options.sandbox.then(Sandbox::start).transpose().map_err(|error| {
        Hindrance::Configuration(format!("the sandbox cannot be started: {error}"))
    })?;
    let client = configuration::client(options, sandbox.as_ref())?;
    let report = if options.dry_run {
        dry_run(&order, operation, &client)
    } else {
        if sandbox.is_none() && !options.yes && !can_ask() {
            return Err(Hindrance::Usage(
                "this charges money, and there is no terminal to ask on: add --yes".to_owned(),
            ));
        }
        let ask = sandbox.is_none() && !options.yes;
        place(&order, operation, &client, ask, output).await
    };
    tell(&report, &order, sandbox.is_some(), output);
    Ok(report.exit)
}

fn tell(report: &Report, order: &Order, sandbox: bool, output: Output) {
    if output.format == Format::Json {
        output.json(report);
        return;
    }
    let text = report.text(&order.words());
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

async fn place(
    order: &Order,
    operation: &'static Operation,
    client: &Client,
    ask: bool,
    output: Output,
) -> Report {
    let stopped = |outcome, exit, message: &str, advice: &str| {
        Report::abandoned(outcome, operation.id, order.target(), exit, message, advice)
    };
    let mut interrupted = interruption();
    if ask {
        output.ask(&format!(
            "{}\n  at {}. This charges money. Go on? [y/N] ",
            order.words(),
            // Where it really goes: --base-url leads elsewhere.
            client.url(operation).as_deref().unwrap_or(operation.server)
        ));
        let answer = tokio::task::spawn_blocking(|| {
            let mut line = String::new();
            std::io::stdin().read_line(&mut line).map(|_| line)
        });
        tokio::select! {
            biased;
            () = &mut interrupted => {
                return stopped("not_sent", Exit::Interrupted, "interrupted before anything was sent", "Nothing was charged.");
            }
            answer = answer => {
                let line = answer.ok().and_then(Result::ok).unwrap_or_default();
                if !["y", "yes"].contains(&line.trim().to_lowercase().as_str()) {
                    return stopped("not_sent", Exit::NotSent, "you said no", "Nothing was charged.");
                }
            }
        }
    }
    if std::io::stderr().is_terminal() {
        output.note("waiting for the answer …");
    }
    tokio::select! {
        biased;
        report = order.send(operation.id, client) => report,
        () = &mut interrupted => stopped(
            "unknown",
            Exit::Interrupted,
            "interrupted while the order was under way",
            "Do NOT send it again: it may be charged twice. Look in the client area whether the order is there and the expiry has moved.",
        ),
    }
}

/// Ctrl-C, or the word of a supervisor: heard from this call on, not only once it is awaited.
pub(crate) fn interruption() -> impl Future<Output = ()> + Unpin {
    #[cfg(unix)]
    let mut signals = {
        use tokio::signal::unix::{SignalKind, signal};
        [SignalKind::interrupt(), SignalKind::terminate()].map(|kind| signal(kind).ok())
    };
    #[cfg(windows)]
    let mut signals = [tokio::signal::windows::ctrl_c().ok()];
    poll_fn(move |context| {
        let heard = signals.iter_mut().flatten().any(|it| it.poll_recv(context).is_ready());
        if heard { Poll::Ready(()) } else { Poll::Pending }
    })
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
