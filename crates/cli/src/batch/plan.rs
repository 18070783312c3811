//! What a batch would order, what that costs, and what is odd. Reads, and sends no order.

use std::collections::BTreeMap;

use futures_util::StreamExt;
use futures_util::stream;
use jiff::civil::{Date, DateTime};
use oxhost::contract::operations::{EXTEND_SERVER_HOURS, RENEW_PLESK_SUBSCRIPTION};
use oxhost::types::{Payment, SubscriptionId, UserId};
use oxhost::{Client, Money, ReadError, RenewalPlan};
use oxhost_journal::{BatchOrder, BatchRow, Totals};
use rust_decimal::Decimal;
use serde::Serialize;

use super::Rows;
use super::totals::line;
use crate::error::CliError;
use crate::exit::Exit;
use crate::output::{Format, Output};
use crate::printable::one_line;
use crate::report::Marks;

/// Odd rows and balances that are told one by one; the others are counted.
const MOST: usize = 20;

/// Nobody renews for longer by intent.
const MANY_MONTHS: u32 = 24;
const MANY_HOURS: u32 = 24 * 366;

/// What a batch would order.
#[derive(Debug, Default, Serialize)]
pub(super) struct Plan {
    rows: u64,
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
    /// The balances of the users who pay for servers, in EUR, as far as they can be read.
    balances: BTreeMap<String, Money>,
    odd: Vec<Odd>,
    odd_rows: u64,
}

#[derive(Debug, Serialize)]
struct Odd {
    line: u64,
    what: String,
}

/// What was read for one row.
struct Quote {
    row: BatchRow,
    months: Option<u32>,
    price: Option<Decimal>,
    enough: bool,
    odd: Vec<String>,
}

/// Reads what each row's target shows.
pub(super) async fn plan(
    client: &Client,
    rows: &mut Rows,
    concurrency: usize,
    output: Output,
) -> Result<Plan, CliError> {
    let mut plan = Plan::default();
    let mut payers: BTreeMap<String, UserId> = BTreeMap::new();
    let quotes = rows.each()?.map(|row| async { Ok::<_, CliError>(quote(client, row?).await) });
    let mut quotes = std::pin::pin!(stream::iter(quotes).buffered(concurrency));
    while let Some(quote) = quotes.next().await {
        let quote = quote?;
        if let BatchOrder::Extension(order) = &quote.row.order
            && payers.len() < MOST
        {
            payers.insert(order.user_id.as_str().to_owned(), order.user_id.clone());
        }
        plan.add(quote);
        if plan.rows % 1000 == 0 {
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

async fn quote(client: &Client, row: BatchRow) -> Quote {
    let mut quote = Quote { months: None, price: None, enough: false, odd: Vec::new(), row };
    match quote.row.order.clone() {
        BatchOrder::Renewal(order) => {
            quote.months = Some(order.months.get());
            let is_priced = order.new_plan_id.is_none() && order.type_payment == Payment::Balance;
            quote.look(client, &order.subscription_id, is_priced).await;
        }
        BatchOrder::RenewalUntil { subscription_id, date } => {
            quote.look(client, &subscription_id, true).await;
            match client.plan_renewal(&subscription_id, date).await {
                Ok(RenewalPlan::Enough(_)) => quote.enough = true,
                Ok(RenewalPlan::Renew { order, .. }) => quote.months = Some(order.months.get()),
                Ok(RenewalPlan::OutOfReach(_)) => {
                    quote.odd.push(format!("no renewal reaches as far as {date}"));
                }
                Err(error) => quote.unread(&error),
            }
        }
        BatchOrder::Extension(order) => {
            if order.hours.get() > MANY_HOURS {
                quote.odd.push(format!("{} hours are more than a year", order.hours));
            }
        }
    }
    if let Some(months) = quote.months.filter(|months| *months > MANY_MONTHS) {
        quote.odd.push(format!("{months} months are more than two years"));
    }
    quote
}

impl Quote {
    async fn look(&mut self, client: &Client, id: &SubscriptionId, is_priced: bool) {
        let reply = match client.get_plesk_subscription(id).await {
            Ok(reply) => reply,
            Err(error) => return self.unread(&error),
        };
        let Some(shown) = reply.exact().subscription else {
            self.odd.push("the provider shows no subscription of this id".to_owned());
            return;
        };
        self.price = shown.price.map(Money::amount).filter(|_| is_priced);
        let now = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).datetime();
        if let Some(ends) = shown.expires_at.filter(|ends| has_ended(ends.civil(), now)) {
            self.odd.push(format!("it has ended already, {ends}"));
        }
    }

    fn unread(&mut self, error: &ReadError) {
        let why = format!("it cannot be read: {error}");
        if !self.odd.contains(&why) {
            self.odd.push(why);
        }
    }
}

/// With a day to spare: the provider's times have no zone.
fn has_ended(ends: DateTime, now: DateTime) -> bool {
    let spare: Option<Date> = ends.date().tomorrow().ok();
    spare.is_some_and(|spare| spare < now.date())
}

/// Where it really goes: `--base-url` leads elsewhere.
pub(super) fn where_to(client: &Client) -> String {
    let hosts = [&RENEW_PLESK_SUBSCRIPTION, &EXTEND_SERVER_HOURS].map(|it| client.provider(it));
    match &hosts {
        [plesk, server] if plesk == server => plesk.clone(),
        [plesk, server] => format!("{plesk} and {server}"),
    }
}

impl Plan {
    fn add(&mut self, quote: Quote) {
        self.rows += 1;
        for what in quote.odd {
            self.odd_rows += 1;
            if self.odd.len() < MOST {
                self.odd.push(Odd { line: quote.row.line, what });
            }
        }
        if quote.enough {
            self.nothing_to_do += 1;
            return;
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
        let cost = quote
            .price
            .zip(quote.months)
            .and_then(|(price, months)| price.checked_mul(months.into()));
        match cost {
            Some(cost) => self.cost = self.cost.amount().saturating_add(cost).into(),
            None => self.without_price += 1,
        }
    }

    /// For people.
    pub(super) fn words(&self, done: Option<&Totals>) -> String {
        let mut lines = vec![format!("rows: {}", self.rows)];
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
        if self.nothing_to_do > 0 {
            lines.push(format!(
                "  enough    rows that last long enough already: {}",
                self.nothing_to_do
            ));
        }
        for (user, balance) in &self.balances {
            lines.push(format!("  balance   {balance} EUR of {}", one_line(user)));
        }
        if let Some(done) = done {
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

    pub(super) fn tell(&self, done: Option<&Totals>, output: Output) -> Exit {
        #[derive(Serialize)]
        struct Told<'a> {
            #[serde(flatten)]
            marks: Marks,
            plan: &'a Plan,
            done: Option<&'a Totals>,
        }
        let written = match output.format {
            Format::Json => {
                let marks = Marks { dry_run: true, ..Marks::default() };
                output.json(&Told { marks, plan: self, done })
            }
            Format::Text => output.text(&format!("{}\nNothing was sent.", self.words(done))),
        };
        output.document(written)
    }
}
