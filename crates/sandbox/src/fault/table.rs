//! How a table of faults is written, and what follows from it: the type, its text and its samples.

use strum::EnumString;

/// When something goes wrong, and with that to whom.
#[derive(Clone, Copy, Debug, strum::Display, EnumString, PartialEq, Eq, Hash)]
#[strum(serialize_all = "lowercase")]
pub enum Stage {
    /// `connect`: to the next connection, before it carries a request.
    Connect,
    /// `before`: to an order, which is not booked. Where a fault leaves a reply whole, that reply
    /// says `success: false`.
    Before,
    /// `after`: to an order that has been booked. One that is refused anyway goes through, and leaves
    /// the fault for the next.
    After,
    /// `read`: to a read.
    Read,
}

/// A table of faults. A row is the text and the variant; the README says what it does. If the variant has a
/// parameter, the text is what stands before it; `in` is a pattern that the parameter keeps to, and `or`
/// stands for it where it is left out. `at` are the stages, if they differ from the table's. `like` are
/// samples of the parameter: of several lists in a row, each combination.
macro_rules! faults {
    (
        $(#[$doc:meta])*
        $table:ident at $common:expr;
        $(
            $text:literal $fault:ident
            $(($kind:ty) $(in [$range:pat])? $(or $default:literal)?)?
            $(at $stages:expr)?
            $(, like $([$($sample:literal)+])+)*
        ;)*
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        pub enum $table {
            $(
                #[doc = concat!("`", $text, "`, as the [table of all kinds](crate#faults) has it.")]
                $fault $(($kind))?,
            )*
        }

        impl $table {
            /// Reads a fault without its stage.
            pub(super) fn read(text: &str) -> Option<Self> {
                $(faults!(@read text $text $fault $($kind, [$($range)?] [$($default)?])?);)*
                None
            }

            /// The stages at which it can happen.
            pub(super) fn stages(&self) -> &'static [$crate::fault::table::Stage] {
                $($(if matches!(self, Self::$fault { .. }) {
                    return $stages;
                })?)*
                $common
            }

            /// The text of one of every row, or of more where its parameter matters.
            pub(super) fn samples() -> Vec<String> {
                let rows = [$($crate::fault::table::combined(
                    $text, &[$(&[$(&[$($sample),+]),+]),*],
                )),*];
                rows.concat()
            }
        }

        impl std::fmt::Display for $table {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                $(if matches!(self, Self::$fault { .. }) {
                    f.write_str($text)?;
                })*
                $($(if let Self::$fault(parameter) = self {
                    f.write_str(&<$kind as $crate::fault::parameter::Parameter>::write(parameter))?;
                })?)*
                Ok(())
            }
        }
    };
    (@read $given:ident $text:literal $fault:ident) => {
        if $given == $text {
            return Some(Self::$fault);
        }
    };
    (@read $given:ident $text:literal $fault:ident $kind:ty, [$($range:pat)?] [$($default:literal)?]) => {
        let rest = $given.strip_prefix($text);
        $(let rest = rest.or(($given == $text.trim_end_matches('=')).then_some($default));)?
        if let Some(parameter) = rest.and_then(<$kind as $crate::fault::parameter::Parameter>::read)
            $(&& matches!(parameter, $range))?
        {
            return Some(Self::$fault(parameter));
        }
    };
}
pub(super) use faults;

/// Texts that begin alike and go on with one of each list in a row.
pub(super) fn combined(start: &str, rows: &[&[&[&str]]]) -> Vec<String> {
    let start = vec![start.to_owned()];
    let longer = |texts: Vec<String>, list: &&[&str]| {
        texts.iter().flat_map(|text| list.iter().map(move |end| format!("{text}{end}"))).collect()
    };
    let all = rows.iter().flat_map(|row| row.iter().fold(start.clone(), longer));
    if rows.is_empty() { start } else { all.collect() }
}
