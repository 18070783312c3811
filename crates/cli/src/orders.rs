//! `oxhost orders`: what was ordered from here, and what became of it.

use oxhost_journal::{Entry, Journal, Look, Reading, SeenOrder, State, Verdict};
use serde_json::json;

use crate::args::{Format, Found, Options, Orders};
use crate::configuration;
use crate::hindrance::Hindrance;
use crate::interruption::interruption;
use crate::journal;
use crate::order::Order;
use crate::output::Output;
use crate::report::{Exit, Report, one_line};

pub(crate) async fn run(
    command: Orders,
    options: &Options,
    output: Output,
) -> Result<Exit, Hindrance> {
    if options.sandbox {
        return Err(Hindrance::Usage(
            "the journal of --sandbox goes with it, so there are no orders to look at".to_owned(),
        ));
    }
    let opened = journal::open(options, false).await?;
    let journal = &opened.journal;
    match command {
        Orders::List => {
            let entries = journal.list().await?;
            match output.format {
                Format::Json => output.json(&json!({ "orders": entries })),
                Format::Text if entries.is_empty() => output.note("No orders yet."),
                Format::Text => {
                    let lines: Vec<String> = entries.iter().map(line).collect();
                    output.text(&lines.join("\n"));
                }
            }
        }
        Orders::Show { id } => show(&find(journal, &id).await?, output),
        Orders::Resolve { id, found, reason } => {
            let id = find(journal, &id).await?.id;
            let entry = journal.resolve(&id, found == Found::Ordered, &reason).await?;
            show(&entry, output);
        }
        Orders::Verify { id, settle } => {
            let id = find(journal, &id).await?.id;
            let client = configuration::client(options, None)?;
            let settle = journal::settle(&settle, output);
            let mut interrupted = interruption();
            let entry = tokio::select! {
                biased;
                found = journal.find_out(&client, &id, &settle) => found?,
                () = &mut interrupted => {
                    output.note("interrupted; nothing has changed, and it can be asked again");
                    return Ok(Exit::Interrupted);
                }
            };
            show(&entry, output);
            return Ok(Report::recorded(&entry).exit);
        }
    }
    Ok(Exit::Accepted)
}

/// The order whose id is this, or the only one whose id begins so.
async fn find(journal: &Journal, id: &str) -> Result<Entry, Hindrance> {
    let mut found: Vec<Entry> =
        journal.list().await?.into_iter().filter(|entry| entry.id.starts_with(id)).collect();
    match (found.pop(), found.len()) {
        (Some(entry), 0) => Ok(entry),
        (Some(_), others) => {
            Err(Hindrance::Usage(format!("{} orders have ids that begin with {id}", others + 1)))
        }
        (None, _) => Err(Hindrance::Usage(format!(
            "this account's journal has no order {id}: `oxhost orders list` shows those it has"
        ))),
    }
}

fn show(entry: &Entry, output: Output) {
    match output.format {
        Format::Json => output.json(entry),
        Format::Text => output.text(&text(entry)),
    }
}

fn word(state: State) -> String {
    state.as_str().replace('_', " ")
}

fn words(entry: &Entry) -> String {
    match entry.order() {
        Some(order) => Order::from(order).words(),
        None => one_line(&format!("{} of {}", entry.operation, entry.target)),
    }
}

fn line(entry: &Entry) -> String {
    let reference = entry.reference.as_deref().map(|it| format!(" [{}]", one_line(it)));
    format!(
        "{:<12} {}  {:.19}Z  {}{}",
        word(entry.state),
        entry.id,
        entry.created_at.to_string(),
        words(entry),
        reference.unwrap_or_default()
    )
}

fn text(entry: &Entry) -> String {
    let mut lines = vec![format!("{}: {}", word(entry.state), words(entry))];
    let mut line = |name: &str, value: String| {
        lines.push(format!("  {name:<9} {}", one_line(&value)));
    };
    line("id", entry.id.clone());
    if let Some(reference) = &entry.reference {
        line("ref", reference.clone());
    }
    line("written", entry.created_at.to_string());
    line("changed", entry.changed_at.to_string());
    for name in ["status", "reason", "message", "order_number", "order_id", "amount", "expires_at"]
    {
        match entry.outcome.get(name) {
            Some(serde_json::Value::String(value)) => line(&name.replace('_', " "), value.clone()),
            Some(value) if !value.is_null() => line(name, value.to_string()),
            _ => {}
        }
    }
    match &entry.baseline {
        Some(look) => line("before", seen(look)),
        None => line("before", "nothing was sent".to_owned()),
    }
    if let Some(findings) = &entry.findings {
        for evidence in &findings.readings {
            line("read", format!("{:.19}Z {}", evidence.at.to_string(), seen(&evidence.look)));
        }
        line("verdict", verdict(&findings.verdict));
    }
    if let Some(reason) = &entry.reason {
        line("why", reason.clone());
    }
    if entry.state.blocks() {
        line(
            "next",
            format!(
                "`oxhost orders verify {id}`; if that cannot tell, look in the client area, then `oxhost orders resolve {id} --as ordered` or `--as not-ordered`, with --reason",
                id = entry.id
            ),
        );
    }
    lines.join("\n")
}

fn verdict(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Confirmed { order } => format!("it was placed: {}", order_text(order)),
        Verdict::NotOrdered => {
            "it was not placed: all is as it was before, in every reading".to_owned()
        }
        Verdict::Undecided { why } => format!("undecided: {why}"),
    }
}

fn order_text(order: &SeenOrder) -> String {
    let amount = order.amount.map(|amount| format!(", {amount} EUR")).unwrap_or_default();
    let status = order.status.as_deref().map(|it| format!(", {it}")).unwrap_or_default();
    format!("{}{amount}{status}", order.number.as_deref().unwrap_or(&order.id))
}

fn seen(look: &Look) -> String {
    match look {
        Look::Seen(Reading::Subscription(seen)) => {
            let orders: Vec<String> = seen.orders.iter().map(order_text).collect();
            format!("until {}; orders: {}", seen.expires_at, listed(&orders))
        }
        Look::Seen(Reading::Server(seen)) => {
            let orders: Vec<String> = seen.orders.iter().map(order_text).collect();
            let balance = match seen.balance {
                Some(balance) => format!("balance {balance} EUR"),
                None => "balance not known".to_owned(),
            };
            let cut = if seen.whole { "" } else { " (not all could be read)" };
            format!("{balance}; latest orders: {}{cut}", listed(&orders))
        }
        Look::Failed(why) => format!("nothing: {why}"),
    }
}

fn listed(orders: &[String]) -> String {
    if orders.is_empty() { "none".to_owned() } else { orders.join("; ") }
}
