//! What a batch would order, what that costs, and what is odd. Reads, and sends no order.

mod known;
mod quote;

use std::collections::BTreeMap;

use futures_util::StreamExt;
use oxhost::types::UserId;
use oxhost::{Client, Money};
use oxhost_journal::{Batch, BatchOrder, RowState, Totals, due_until};
use rust_decimal::Decimal;
use serde::Serialize;

use self::quote::{Fate, Quote};
use super::Rows;
use super::totals::line;
use crate::args::Limits;
use crate::error::CliError;
use crate::exit::Exit;
use crate::output::{Format, Output};
use crate::printable::one_line;
use crate::report::Marks;

/// Odd rows and balances that are told one by one; the others are counted.
const MOST: usize = 20;

/// What a batch would order.
#[derive(Debug, Default, Serialize)]
pub(super) struct Plan {
    /// Of the input, those that are done already among them. What follows after `not_in_input` is of the others.
    rows: u64,
    left_out: LeftOut,
    /// Rows whose order MAY have been placed. That is found out before any of them is ordered again.
    unknown: u64,
    /// Rows that the batch has left to order, and the input has not. A run orders them, too.
    not_in_input: u64,
    renewals: u64,
    months: u64,
    extensions: u64,
    hours: u64,
    /// Rows that last long enough.
    nothing_to_do: u64,
    /// What the rows with a known price cost, in EUR.
    cost: Money,
    /// How many rows have no price that is known before the order.
    without_price: u64,
    /// How many rows could not be read: what they cost is not known.
    unread: u64,
    /// The balances of the users who pay for servers, in EUR, as far as they can be read.
    balances: BTreeMap<String, Money>,
    /// What the batch may cost in all, in EUR, if that is said.
    max_spend: Option<Money>,
    /// Whether rows without a price are ordered in spite of it.
    allow_unknown_price: bool,
    odd: Vec<Odd>,
    odd_rows: u64,
    /// What all rows of the batch come to.
    #[serde(skip)]
    so_far: Option<Totals>,
}

/// Rows that the batch has ended, and leaves as they are.
#[derive(Debug, Default, Serialize)]
struct LeftOut {
    accepted: u64,
    refused: u64,
    skipped: u64,
}

#[derive(Debug, Serialize)]
struct Odd {
    line: u64,
    what: String,
}

/// Reads what the target of each row shows that is left to do in the batch, if there is one already.
pub(super) async fn plan(
    client: &Client,
    rows: &mut Rows,
    batch: Option<&Batch>,
    concurrency: usize,
    limits: &Limits,
    output: Output,
) -> Result<Plan, CliError> {
    let allow_unknown_price = limits.allow_unknown_price;
    let max_spend = limits.max_spend.map(Money::from);
    let mut plan = Plan { max_spend, allow_unknown_price, ..Plan::default() };
    let mut payers: BTreeMap<String, UserId> = BTreeMap::new();
    if let Some(batch) = batch {
        plan.so_far = batch.totals().await?;
    }
    if let Some((batch, so_far)) = batch.zip(plan.so_far.as_ref()) {
        plan.not_in_input = so_far.waiting + so_far.taken + so_far.not_sent;
        plan.max_spend = match plan.max_spend {
            None => batch.max_spend().await?,
            limit => limit,
        };
        known::verify(rows.each()?, batch, client, output).await?;
    }
    let until = limits.due_within.map(|days| due_until(jiff::Timestamp::now(), days));
    let quotes = known::known(rows.each()?, batch, client).map(|row| async {
        let (row, standing) = row?;
        Ok::<_, CliError>(Quote::of(client, row, standing, until).await)
    });
    let mut quotes = std::pin::pin!(quotes.buffered(concurrency));
    while let Some(quote) = quotes.next().await {
        let quote = quote?;
        if let Some(why) = quote.key_refused {
            return Err(CliError::Configuration(why));
        }
        if let BatchOrder::Extension(order) = &quote.row.order
            && quote.fate == Fate::Ordered
            && payers.len() < MOST
        {
            payers.insert(order.user_id.as_str().to_owned(), order.user_id.clone());
        }
        plan.add(quote);
        if plan.rows.is_multiple_of(1000) {
            output.progress(&format!("{} rows looked at …", plan.rows));
        }
    }
    for (name, user) in payers {
        if let Ok(reply) = client.get_user(&user).await
            && let Some(balance) = reply.exact().user.and_then(|user| user.balance)
        {
            plan.balances.insert(name, balance);
        }
    }
    Ok(plan)
}

impl LeftOut {
    fn add(&mut self, state: RowState) {
        match state {
            RowState::Refused => self.refused += 1,
            RowState::Skipped => self.skipped += 1,
            _ => self.accepted += 1,
        }
    }

    fn words(&self) -> Option<String> {
        let Self { accepted, refused, skipped } = self;
        let some =
            [(accepted, "accepted"), (refused, "refused"), (skipped, "had nothing to order")];
        let some = some.iter().filter(|(rows, _)| **rows > 0);
        let words: Vec<String> = some.map(|(rows, what)| format!("{rows} {what}")).collect();
        let rows = accepted + refused + skipped;
        (rows > 0).then(|| {
            format!(
                "  done      rows that the batch has ended, and leaves as they are: {rows} ({})",
                words.join(", ")
            )
        })
    }
}

impl Plan {
    fn add(&mut self, quote: Quote) {
        self.rows += 1;
        let cost = quote.cost();
        for what in quote.odd {
            self.odd_rows += 1;
            if self.odd.len() < MOST {
                self.odd.push(Odd { line: quote.row.line, what });
            }
        }
        if quote.is_there && matches!(quote.fate, Fate::Ordered | Fate::Enough) {
            self.not_in_input = self.not_in_input.saturating_sub(1);
        }
        match quote.fate {
            Fate::Ordered => {}
            Fate::Enough => {
                self.nothing_to_do += 1;
                return;
            }
            Fate::Ended(state) => return self.left_out.add(state),
            Fate::FoundOut => {
                self.unknown += 1;
                return;
            }
        }
        match &quote.row.order {
            BatchOrder::Extension(order) => {
                self.extensions += 1;
                self.hours += u64::from(order.hours.get());
            }
            BatchOrder::Renewal(_) | BatchOrder::RenewalUntil { .. } => {
                self.renewals += 1;
                self.months += u64::from(quote.months.unwrap_or_default());
            }
        }
        match cost {
            Some(cost) => self.cost = self.cost.amount().saturating_add(cost).into(),
            None if quote.unread => self.unread += 1,
            None => self.without_price += 1,
        }
    }

    /// For people.
    pub(super) fn words(&self) -> String {
        let mut lines = vec![format!("rows: {}", self.rows)];
        lines.extend(self.left_out.words());
        if self.unknown > 0 {
            lines.push(format!(
                "  unknown   rows that MAY have been ordered, which is found out first; not in the cost: {}",
                self.unknown
            ));
        }
        if self.not_in_input > 0 {
            lines.push(format!(
                "  besides   rows of the batch that this input has not, which are ordered, too; not in the cost: {}",
                self.not_in_input
            ));
        }
        if self.renewals > 0 {
            lines.push(format!(
                "  renewals  {}, calendar months in all: {}",
                self.renewals, self.months
            ));
        }
        if self.extensions > 0 {
            lines.push(format!("  servers   {}, hours in all: {}", self.extensions, self.hours));
        }
        let without = match self.without_price {
            0 => String::new(),
            rows => format!(", without the rows whose price nobody shows before the order: {rows}"),
        };
        lines.push(format!("  cost      {} EUR{without}", self.cost));
        if self.unread > 0 {
            lines.push(format!(
                "  unread    rows that could not be read, which the cost is without: {}",
                self.unread
            ));
        }
        lines.extend(self.limit_words());
        if self.nothing_to_do > 0 {
            lines.push(format!(
                "  enough    rows that last long enough already: {}",
                self.nothing_to_do
            ));
        }
        for (user, balance) in &self.balances {
            lines.push(format!("  balance   {balance} EUR of {}", one_line(user)));
        }
        if let Some(done) = &self.so_far {
            lines.push(format!("  so far    {}", line(done)));
        }
        for odd in &self.odd {
            lines.push(format!("  odd       line {}: {}", odd.line, one_line(&odd.what)));
        }
        let more = self.odd_rows.saturating_sub(self.odd.len().try_into().unwrap_or(u64::MAX));
        if more > 0 {
            lines.push(format!("  odd       and so many more: {more}"));
        }
        lines.join("\n")
    }

    /// What the limit lets through.
    fn limit_words(&self) -> Vec<String> {
        let Some(limit) = self.max_spend else { return Vec::new() };
        let committed =
            self.so_far.as_ref().map(|it| it.spent.amount().saturating_add(it.reserved.amount()));
        let left = limit.amount().saturating_sub(committed.unwrap_or_default());
        let left = left.max(Decimal::ZERO);
        let fits = match self.cost.amount() <= left {
            true => String::new(),
            false => {
                format!(", of which {} EUR are left: the batch stops there", Money::from(left))
            }
        };
        let mut lines = vec![format!("  limit     {limit} EUR{fits}")];
        if self.without_price > 0 && !self.allow_unknown_price {
            lines.push(format!(
                "  not sent  rows without a price, which no limit can count, unless with --allow-unknown-price: {}",
                self.without_price
            ));
        }
        lines
    }

    pub(super) fn tell(&self, output: Output) -> Exit {
        #[derive(Serialize)]
        struct Told<'a> {
            #[serde(flatten)]
            marks: Marks,
            plan: &'a Plan,
            done: Option<&'a Totals>,
        }
        let written = match output.format {
            Format::Json => {
                let marks = Marks { dry_run: true, exit_code: self.exit(), ..Marks::default() };
                output.json(&Told { marks, plan: self, done: self.so_far.as_ref() })
            }
            Format::Text => output.text(&format!("{}\nNothing was sent.", self.words())),
        };
        match output.document(written) {
            Exit::Success => self.exit(),
            unwritten => unwritten,
        }
    }

    /// A plan of which a part is not known is no plan.
    fn exit(&self) -> Exit {
        if self.unread == 0 { Exit::Success } else { Exit::NotSent }
    }
}
