//! A row as lines for people.

use super::line::Line;
use crate::printable::one_line;

pub(super) fn text(line: &Line) -> String {
    let amount = line.amount.map(|it| format!("  {it} EUR")).unwrap_or_default();
    let reference = line.own_reference().map(|it| format!(" [{it}]")).unwrap_or_default();
    let state = line.state.as_str().replace('_', " ");
    let mut text = one_line(&format!(
        "{state:<9} line {:<6} {} {}{reference}  {}{amount}",
        line.line,
        line.kind,
        line.target,
        line.ordered()
    ));
    for (name, value) in [("reason", &line.reason), ("next", &line.next)] {
        if let Some(value) = value {
            text += &format!("\n          {name:<6} {}", one_line(value));
        }
    }
    text
}
