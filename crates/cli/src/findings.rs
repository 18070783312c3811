//! What was read of the provider, in words.

use oxhost_journal::{Entry, SeenOrder, Showed, ShownText, Snapshot, Verdict};

/// The lines that tell what an order was judged by.
pub(crate) fn lines(entry: &Entry) -> Vec<(&'static str, String)> {
    let mut lines = Vec::new();
    match &entry.baseline {
        Some(observation) => lines.push(("before", seen(&observation.showed))),
        None => lines.push(("before", "nothing was sent".to_owned())),
    }
    if let Some(findings) = &entry.findings {
        for observation in &findings.observations {
            let at = observation.at.to_string();
            lines.push(("read", format!("{at:.19}Z {}", seen(&observation.showed))));
        }
        lines.push(("verdict", verdict(&findings.verdict)));
    }
    lines
}

/// Why there is nothing to compare with, if what there was before an order was not read.
pub(crate) fn no_baseline(entry: &Entry) -> Option<&str> {
    match &entry.baseline.as_ref()?.showed {
        Showed::Nothing(why) => Some(why),
        Showed::Snapshot(_) => None,
    }
}

fn verdict(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Confirmed { order } => format!("it was placed: {}", order_text(order)),
        Verdict::NotOrdered => {
            "it was not placed: all is as it was before, in every check".to_owned()
        }
        Verdict::Undecided { why } => format!("undecided: {why}"),
    }
}

fn order_text(order: &SeenOrder) -> String {
    let amount = order.amount.map(|amount| format!(", {amount} EUR")).unwrap_or_default();
    let status = order.status.as_ref().map(|it: &ShownText| format!(", {it}")).unwrap_or_default();
    format!("{}{amount}{status}", order.name())
}

fn seen(showed: &Showed) -> String {
    match showed {
        Showed::Snapshot(Snapshot::Subscription(seen)) => {
            format!("until {}; orders: {}", seen.expires_at, listed(&seen.orders))
        }
        Showed::Snapshot(Snapshot::Server(seen)) => {
            let balance = match seen.balance {
                Some(balance) => format!("balance {balance} EUR"),
                None => "balance not known".to_owned(),
            };
            let cut = if seen.whole { "" } else { " (not all could be read)" };
            format!("{balance}; latest orders: {}{cut}", listed(&seen.orders))
        }
        Showed::Nothing(why) => format!("nothing: {why}"),
    }
}

fn listed(orders: &[SeenOrder]) -> String {
    if orders.is_empty() {
        return "none".to_owned();
    }
    orders.iter().map(order_text).collect::<Vec<_>>().join("; ")
}
