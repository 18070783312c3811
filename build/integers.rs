//! The rule for whole numbers that are sent: the contract's bound is one that the generated type holds.

use crate::check::Check;
use crate::document::Node;

impl Check<'_> {
    /// progenitor makes a type without zero of a minimum of 1, and of any other one without a bound.
    pub fn integer(&mut self, line: u64, what: &str, node: &Node, buys: bool) {
        let known = ["type", "format", "minimum", "description", "example"];
        self.vocabulary(node, "an integer", &known);
        let minimum = node.get("minimum").map(Node::to_value);
        let Some(minimum) = minimum.filter(|_| node.text("format") == Some("int32")) else {
            self.fault(
                line,
                format!("{what} has no bounds"),
                "write `format: int32` and a `minimum`",
            );
            return;
        };
        let why = match minimum.as_i64() {
            Some(1) => return,
            Some(0) if !buys => return,
            Some(0) => "would let an order be for nothing",
            Some(2..=0x7fff_ffff) => "has no generated type that holds it",
            Some(..0) => "is negative",
            Some(_) | None => "is no whole number of 32 bits",
        };
        self.fault(line, format!("the minimum `{minimum}` of {what} {why}"), "write `minimum: 1`");
    }
}
