//! JSON Schema of the values whose types are written by hand: in which types of JSON they come.

use crate::secret::Secret;
use crate::value::{CivilDateTime, FreeText, Identifier, LenientBool, Money, Untyped, WholeNumber};

macro_rules! comes_as {
    ($($name:ident: $types:tt;)*) => {$(
        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!($types)
            }
        }
    )*};
}

comes_as! {
    Money: {"type": ["string", "number", "null"]};
    WholeNumber: {"type": ["integer", "string", "null"]};
    LenientBool: {"type": ["boolean", "integer", "string", "null"]};
    Identifier: {"type": ["string", "integer", "null"]};
    CivilDateTime: {"type": ["string", "null"]};
    FreeText: {"type": ["string", "null"]};
    Secret: {"type": ["string", "null"]};
    Untyped: {};
}
