//! A row as a spreadsheet may have it.

use super::line::Line;
use crate::printable::cell;

/// Without what a spreadsheet would take for a formula.
pub(super) fn harmless(line: &Line) -> Line {
    let some = |value: &Option<String>| value.as_deref().map(cell);
    Line {
        reference: cell(&line.reference),
        target: cell(&line.target),
        currency: line.currency.clone(),
        order_id: some(&line.order_id),
        order_number: some(&line.order_number),
        reason: some(&line.reason),
        journal_id: line.journal_id.clone(),
        next: line.next.clone(),
        ..*line
    }
}
