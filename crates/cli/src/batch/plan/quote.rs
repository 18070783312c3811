//! What is read for one row, and what is odd about it.

use jiff::civil::{Date, DateTime};
use oxhost::types::{Payment, PleskSubscriptionDetail, SubscriptionId};
use oxhost::{Client, Money, ReadError, RenewalPlan, Response};
use oxhost_journal::{BatchOrder, BatchRow, RowState, Standing};
use rust_decimal::Decimal;

/// Nobody renews for longer by intent.
const MANY_MONTHS: u32 = 24;
const MANY_HOURS: u32 = 24 * 366;

/// What was read for one row.
pub(super) struct Quote {
    pub(super) row: BatchRow,
    pub(super) months: Option<u32>,
    /// Of a month, in EUR.
    pub(super) price: Option<Decimal>,
    pub(super) fate: Fate,
    /// Whether the batch has the row already.
    pub(super) is_there: bool,
    pub(super) odd: Vec<String>,
    /// There was no answer of use.
    pub(super) unread: bool,
    /// The provider's answer to whoever has no key, or one that may not read.
    pub(super) key_refused: Option<String>,
}

/// What a run makes of a row.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// Its order is sent.
    Ordered,
    /// It lasts long enough.
    Enough,
    /// The batch has ended it so.
    Ended(RowState),
    /// Its order MAY have been placed, which is found out first.
    FoundOut,
}

impl Quote {
    pub(super) async fn of(
        client: &Client,
        row: BatchRow,
        standing: Standing,
        due_until: Option<Date>,
    ) -> Self {
        let fate = match standing {
            // Whose order was not sent is tried again.
            Standing::New
            | Standing::There(RowState::Waiting | RowState::Taken | RowState::NotSent) => {
                Fate::Ordered
            }
            Standing::There(RowState::Unknown) => Fate::FoundOut,
            Standing::There(state) => Fate::Ended(state),
            Standing::OtherOrder => Fate::Ordered,
        };
        let is_there = matches!(standing, Standing::There(_));
        let mut quote = Self {
            months: None,
            price: None,
            fate,
            is_there,
            odd: Vec::new(),
            unread: false,
            key_refused: None,
            row,
        };
        if standing == Standing::OtherOrder {
            // It has come in between: what was there before was refused.
            quote.odd.push("its reference stands for another order in this batch".to_owned());
        }
        if fate == Fate::Ordered {
            quote.read(client, due_until).await;
        }
        quote
    }

    async fn read(&mut self, client: &Client, due_until: Option<Date>) {
        match self.row.order.clone() {
            BatchOrder::Renewal(order) => {
                self.months = Some(order.months.get());
                let is_priced =
                    order.new_plan_id.is_none() && order.type_payment == Payment::Balance;
                let id = &order.subscription_id;
                if let Some(reply) = self.look(client, id, is_priced).await {
                    self.leave_out_if_not_due(id, &reply, due_until);
                }
            }
            BatchOrder::RenewalUntil { subscription_id, date } => {
                if let Some(reply) = self.look(client, &subscription_id, true).await {
                    self.count_months(&subscription_id, &reply, date);
                    self.leave_out_if_not_due(&subscription_id, &reply, due_until);
                }
            }
            BatchOrder::Extension(order) => {
                if order.hours.get() > MANY_HOURS {
                    self.odd.push(format!("{} hours are more than a year", order.hours));
                }
            }
        }
        if let Some(months) = self.months.filter(|months| *months > MANY_MONTHS) {
            self.odd.push(format!("{months} months are more than two years"));
        }
    }

    async fn look(
        &mut self,
        client: &Client,
        id: &SubscriptionId,
        is_priced: bool,
    ) -> Option<Response<PleskSubscriptionDetail>> {
        let reply = match client.get_plesk_subscription(id).await {
            Ok(reply) => reply,
            Err(error) => {
                self.unread(&error);
                return None;
            }
        };
        let Some(shown) = reply.exact().subscription else {
            self.odd.push("the provider shows no subscription of this id".to_owned());
            return None;
        };
        self.price = shown.price.map(Money::amount).filter(|_| is_priced);
        let now = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).datetime();
        if let Some(ends) = shown.expires_at.filter(|ends| has_ended(ends.civil(), now)) {
            self.odd.push(format!("it has ended already, {ends}"));
        }
        Some(reply)
    }

    fn leave_out_if_not_due(
        &mut self,
        id: &SubscriptionId,
        reply: &Response<PleskSubscriptionDetail>,
        due_until: Option<Date>,
    ) {
        let plan = due_until.map(|until| RenewalPlan::of_reply(id, reply, until));
        if let Some(Ok(RenewalPlan::Enough(_))) = plan {
            self.fate = Fate::Enough;
        }
    }

    /// The months that are missing.
    fn count_months(
        &mut self,
        id: &SubscriptionId,
        reply: &Response<PleskSubscriptionDetail>,
        date: Date,
    ) {
        match RenewalPlan::of_reply(id, reply, date) {
            Ok(RenewalPlan::Enough(_)) => self.fate = Fate::Enough,
            Ok(RenewalPlan::Renew { order, .. }) => self.months = Some(order.months.get()),
            Ok(RenewalPlan::OutOfReach(_)) => {
                self.odd.push(format!("no renewal reaches as far as {date}"));
            }
            Err(error) => self.unread(&error),
        }
    }

    fn unread(&mut self, error: &ReadError) {
        let status = error.failure().status().map(|status| status.as_u16());
        self.key_refused = matches!(status, Some(401 | 403)).then(|| error.to_string());
        self.unread = matches!(error, ReadError::Unavailable(_));
        self.odd.push(error.to_string());
    }

    /// What it costs, in EUR, if anybody shows that before the order.
    pub(super) fn cost(&self) -> Option<Decimal> {
        self.price?.checked_mul(self.months?.into())
    }
}

/// With a day to spare: the provider's times have no zone.
fn has_ended(ends: DateTime, now: DateTime) -> bool {
    let spare: Option<Date> = ends.date().tomorrow().ok();
    spare.is_some_and(|spare| spare < now.date())
}
