//! What the values of a row order.

use oxhost::InvalidOrder;
use oxhost::types::{Payment, PleskRenewalOrder, ServerExtensionOrder};
use oxhost_journal::BatchOrder;

use super::cells::{Cells, Parsed};
use super::column::Column;
use super::problem::Place;

/// What was read of a row. Where something is missing, it has been told why.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) line: u64,
    /// The row's own, or the target; and where it stands.
    pub(super) reference: Option<(String, Place)>,
    pub(super) order: Option<BatchOrder>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    PleskRenew,
    ServerExtend,
}

const KINDS: [(&str, Kind); 2] =
    [("plesk_renew", Kind::PleskRenew), ("server_extend", Kind::ServerExtend)];

const PAYMENTS: [(&str, Payment); 2] = [("balance", Payment::Balance), ("crypto", Payment::Crypto)];

/// The columns of one kind, but for those that both have.
fn own(kind: Kind) -> &'static [Column] {
    match kind {
        Kind::PleskRenew => &[Column::Months, Column::Until, Column::Plan, Column::Payment],
        Kind::ServerExtend => &[Column::Hours, Column::User],
    }
}

impl Row {
    pub(super) fn read(line: u64, mut cells: Cells) -> Self {
        let kind = cells.word(Column::Kind, &KINDS);
        let target = cells.name(Column::Target);
        let reference = cells.name(Column::Reference);
        if kind.is_empty() {
            missing(&mut cells, Column::Kind, "every row");
        }
        if target.is_empty() {
            missing(&mut cells, Column::Target, "every row");
        }
        let named = match (&reference, &target) {
            (Parsed::Good(reference), _) => Some((reference, Column::Reference)),
            (Parsed::Empty, Parsed::Good(target)) => Some((target, Column::Target)),
            _ => None,
        };
        let named = named.map(|(name, column)| (name.clone(), cells.place(column)));
        let refused = matches!(reference, Parsed::Bad);
        let target = target.good();
        let order = match kind.good() {
            Some(kind) => {
                let fit = nothing_else(&mut cells, kind);
                let order = match kind {
                    Kind::PleskRenew => renewal(&mut cells, target),
                    Kind::ServerExtend => extension(&mut cells, target),
                };
                order.filter(|_| fit && !refused)
            }
            // What is wrong in itself is told all the same.
            None => {
                let _ = (cells.count(Column::Months), cells.count(Column::Hours));
                let _ = (cells.name(Column::User), cells.name(Column::Plan));
                let _ = (cells.date(Column::Until), cells.word(Column::Payment, &PAYMENTS));
                None
            }
        };
        Self { line, reference: named, order }
    }
}

fn missing(cells: &mut Cells, column: Column, who: &str) {
    let name = column.name();
    let what = match cells.has(column) {
        true => format!("it is empty, and {who} needs it"),
        false => format!("it is missing, and {who} needs it: add `{name}`"),
    };
    cells.wrong(column, what);
}

/// What belongs to the other kind is empty.
fn nothing_else(cells: &mut Cells, kind: Kind) -> bool {
    let mut fit = true;
    for (other, kind_of_it) in KINDS.into_iter().filter(|(_, it)| *it != kind) {
        for column in own(kind_of_it) {
            if !cells.is_empty(*column) {
                fit = false;
                let what = format!("it belongs to {other} alone: leave it empty in this row");
                cells.wrong(*column, what);
            }
        }
    }
    fit
}

fn renewal(cells: &mut Cells, target: Option<String>) -> Option<BatchOrder> {
    let (months, until) = (cells.count(Column::Months), cells.date(Column::Until));
    let plan = cells.name(Column::Plan);
    let payment = cells.word(Column::Payment, &PAYMENTS);
    match (&months, &until) {
        (Parsed::Empty, Parsed::Empty) => {
            let what = "a plesk_renew needs either `months` or `until`, and has neither".to_owned();
            let place = cells.place(Column::Months);
            cells.tell(place, what);
            return None;
        }
        (Parsed::Empty, _) => {
            let mut fit = true;
            if !plan.is_empty() {
                fit = false;
                let what = "a change of plan goes with `months`, not with `until`: leave one of them empty";
                cells.wrong(Column::Plan, what.to_owned());
            }
            if matches!(payment, Parsed::Good(Payment::Crypto)) {
                fit = false;
                let what = "a renewal until a date is paid from the balance: write `balance`, or use `months`";
                cells.wrong(Column::Payment, what.to_owned());
            }
            if matches!(payment, Parsed::Bad) || !fit {
                return None;
            }
            let (date, target) = (until.good()?, target?);
            // Checked as an order is, whatever its months.
            let order = made(cells, PleskRenewalOrder::new(target, 1))?;
            return Some(BatchOrder::RenewalUntil { subscription_id: order.subscription_id, date });
        }
        (_, Parsed::Empty) => {}
        _ => {
            let what = "a plesk_renew takes either `months` or `until`: leave one of them empty";
            cells.wrong(Column::Until, what.to_owned());
            return None;
        }
    }
    let new_plan_id = match plan {
        Parsed::Good(plan) => Some(plan.parse().ok()?),
        Parsed::Empty => None,
        Parsed::Bad => return None,
    };
    let type_payment = match payment {
        Parsed::Good(payment) => payment,
        Parsed::Empty => Payment::Balance,
        Parsed::Bad => return None,
    };
    let order = made(cells, PleskRenewalOrder::new(target?, months.good()?))?;
    Some(PleskRenewalOrder { type_payment, new_plan_id, ..order }.into())
}

fn extension(cells: &mut Cells, target: Option<String>) -> Option<BatchOrder> {
    let (hours, user) = (cells.count(Column::Hours), cells.name(Column::User));
    if hours.is_empty() {
        missing(cells, Column::Hours, "a server_extend");
    }
    if user.is_empty() {
        missing(cells, Column::User, "a server_extend");
    }
    let order = ServerExtensionOrder::new(user.good()?, target?, hours.good()?);
    made(cells, order).map(BatchOrder::from)
}

/// What the library has to say against an order.
fn made<T>(cells: &mut Cells, order: Result<T, InvalidOrder>) -> Option<T> {
    order.map_err(|error| cells.tell(Place::Row, error.to_string())).ok()
}
