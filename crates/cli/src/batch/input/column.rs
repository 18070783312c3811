//! What a row may say.

use super::problem::shown;

/// A column of CSV, or a member of a JSON object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    Kind,
    Target,
    Months,
    Until,
    Hours,
    User,
    Plan,
    Payment,
    Reference,
}

impl Column {
    pub(super) const ALL: [Self; 9] = [
        Self::Kind,
        Self::Target,
        Self::Months,
        Self::Until,
        Self::Hours,
        Self::User,
        Self::Plan,
        Self::Payment,
        Self::Reference,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Kind => "kind",
            Self::Target => "target",
            Self::Months => "months",
            Self::Until => "until",
            Self::Hours => "hours",
            Self::User => "user",
            Self::Plan => "plan",
            Self::Payment => "payment",
            Self::Reference => "ref",
        }
    }

    /// Capitals and spaces around the name do not count.
    pub(super) fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|column| column.name().eq_ignore_ascii_case(name.trim()))
    }

    /// Why a name is none, with the one that was meant.
    pub(super) fn unknown(name: &str) -> String {
        let known = Self::ALL.map(Self::name);
        let meant = nearest(name, &known);
        format!("{} is unknown{meant}; there are {}", shown(name), known.join(", "))
    }
}

/// `, did you mean …?` if one of these was.
pub(super) fn nearest(text: &str, known: &[&str]) -> String {
    let text = text.trim().to_lowercase();
    // To compare long texts takes long, and they are none.
    let short = text.len() <= 32;
    let distance = |name: &str| strsim::damerau_levenshtein(&text, name);
    let nearest = known.iter().filter(|_| short).map(|name| (distance(name), *name)).min();
    match nearest {
        Some((distance, name)) if distance <= 2 && distance < name.len() - 1 => {
            format!(", perhaps it is `{name}`")
        }
        _ => String::new(),
    }
}
