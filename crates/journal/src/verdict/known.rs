//! What is known of other orders of ours.

use crate::snapshot::{SeenOrder, ShownText};

/// The other orders of ours for the same target that the provider took.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known {
    /// Their ids and numbers.
    pub(crate) names: Vec<ShownText>,
    /// One of them may show only now, and neither its id nor its number is known. Then no new order can
    /// be told from it.
    pub(crate) nameless: bool,
}

impl Known {
    /// Whether this is one of them.
    pub(crate) fn has(&self, order: &SeenOrder) -> bool {
        let names = [&order.id, &order.number];
        names.into_iter().flatten().any(|name| self.names.contains(name))
    }
}
