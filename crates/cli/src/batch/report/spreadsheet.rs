//! A row as a spreadsheet may have it.

use super::line::Line;
use crate::printable::one_line;

/// What a spreadsheet would take for a formula is a text: OWASP, *CSV injection*.
pub(super) fn harmless(line: &Line) -> Line {
    let text = |text: &str| {
        let text = one_line(text);
        if text.starts_with(['=', '+', '-', '@']) { format!("'{text}") } else { text }
    };
    let some = |value: &Option<String>| value.as_deref().map(text);
    Line {
        reference: text(&line.reference),
        target: text(&line.target),
        currency: line.currency.clone(),
        order_id: some(&line.order_id),
        order_number: some(&line.order_number),
        reason: some(&line.reason),
        journal_id: line.journal_id.clone(),
        next: line.next.clone(),
        ..*line
    }
}
