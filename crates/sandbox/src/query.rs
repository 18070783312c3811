//! The parameters of a read.

use crate::{exchange::Received, refusal::Refusal};

/// The parameters of a read, decoded.
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    pub(crate) fn of(request: &Received) -> Self {
        let query = request.query.as_deref().unwrap_or_default();
        Self(form_urlencoded::parse(query.as_bytes()).into_owned().collect())
    }

    /// A text that is there and not empty.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(given, _)| given == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    pub(crate) fn required(&self, name: &str) -> Result<&str, Refusal> {
        self.text(name).ok_or_else(|| Refusal::invalid(name, "is required"))
    }

    /// A page, from 1.
    pub(crate) fn page(&self) -> Result<usize, Refusal> {
        let page = self.text("page").map_or(Ok(1), str::parse);
        page.ok()
            .filter(|page| *page > 0)
            .ok_or_else(|| Refusal::invalid("page", "must be a whole number from 1"))
    }
}
