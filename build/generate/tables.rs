//! The tables of what progenitor does not read: the key's header, operations, what may be shown.

use std::collections::BTreeSet;

use heck::{ToShoutySnakeCase, ToSnakeCase};
use syn::File;

use crate::contract::{Node, Operation, Role, fields, forms, operations, role, secret_fields};

/// The file `contract.rs`. `Debug` writes texts and lists of them as Rust does.
pub fn tables(document: &Node) -> syn::Result<File> {
    let schemes = document.at(&["components", "securitySchemes"]).entries();
    let header = schemes.first().map(|scheme| scheme.text("name").to_lowercase());
    let mut secrets: Vec<String> =
        secret_fields(document).into_iter().map(str::to_lowercase).collect();
    secrets.dedup();
    let envelope = document.get("x-oxhost-envelope");
    let envelope = Some(envelope.str()).filter(|_| !envelope.is_missing());
    let [refusals, without_json] =
        ["json", "other"].map(|of| document.at(&["x-oxhost-refusals", of]).to_value());
    let failed = document.get("x-oxhost-failed-order");
    let [yes, no] = ["x-oxhost-true", "x-oxhost-false"]
        .map(|it| forms(document, it).iter().map(ToString::to_string).collect::<Vec<_>>());
    let list: String =
        operations(document).map(|it| format!("&operations::{}, ", constant(it.id()))).collect();
    let table: String = operations(document).map(|it| operation(document, &it)).collect();
    let mut order_fields = BTreeSet::new();
    for order in operations(document).filter(|it| it.effect() == "charge") {
        names(document, order.reply(), &mut order_fields);
    }
    let order_fields = Vec::from_iter(order_fields);
    let order_numbers = Vec::from_iter(order_numbers(document));
    let schemas = document.at(&["components", "schemas"]).entries().iter();
    let open = schemas.filter(|schema| role(schema) == Some(Role::Open));
    let shapes: String = open.map(|schema| shape(document, schema)).collect();
    syn::parse_str(&format!(
        "
        /// Header that carries the API key.
        pub const API_KEY_HEADER: &str = {header:?};
        /// Names of the reply fields that hold secrets, in lower case.
        pub const SECRET_FIELDS: &[&str] = &{secrets:?};
        /// Reply field in which the payload is sometimes wrapped.
        pub(crate) const ENVELOPE: Option<&str> = {envelope:?};
        /// Statuses that refuse an order, with a JSON object.
        pub const REFUSALS: &[u16] = &{refusals};
        /// Statuses that refuse an order, with a page, a text or nothing.
        pub const REFUSALS_WITHOUT_JSON: &[u16] = &{without_json};
        /// Field of an order that tells its state.
        pub const STATE_FIELD: &str = {state_field:?};
        /// States of an order that was not carried out, in lower case.
        pub const FAILED_STATES: &[&str] = &{failed};
        /// Every form of a yes, as JSON.
        pub(crate) const TRUE_FORMS: &[&str] = &{yes:?};
        /// Every form of a no, as JSON.
        pub(crate) const FALSE_FORMS: &[&str] = &{no:?};
        /// Names of all fields in the replies to orders, in lower case.
        pub(crate) const ORDER_FIELDS: &[&str] = &{order_fields:?};
        /// How the numbers of orders begin in the contract's examples, in lower case.
        pub(crate) const ORDER_NUMBERS: &[&str] = &{order_numbers:?};
        /// The digits that follow one another in each of them, at least.
        pub(crate) const SHORTEST_ORDER_NUMBER: usize = {SHORTEST_ORDER_NUMBER};
        /// Every operation of the contract, by name.
        pub mod operations {{ use super::{{Effect, Operation, shapes}}; {table} }}
        /// Every operation of the contract, in its order.
        pub static OPERATIONS: &[&Operation] = &[{list}];
        /// The fields of replies.
        mod shapes {{ use super::{{Field, Shape}}; {shapes} }}
        ",
        header = header.unwrap_or_default(),
        state_field = failed.text("field"),
        failed = failed.get("values").to_value(),
    ))
}

/// The file `replies.rs`: a macro, for tests that handle the reply to any operation as its type.
pub fn replies(document: &Node) -> String {
    let arms: String = operations(document)
        .map(|it| {
            let of = if it.effect() == "charge" { "$order" } else { "$read" };
            format!("{:?} => {of}::<crate::types::{}>,\n", it.id(), it.reply())
        })
        .collect();
    format!(
        "macro_rules! by_reply {{ ($operation:expr, $order:ident, $read:ident) => {{ match $operation.id {{\n\
         {arms}other => unreachable!(\"{{other}} is no operation\"),\n}} }} }}\n"
    )
}

/// The name of a constant or a static.
fn constant(name: &str) -> String {
    name.to_shouty_snake_case()
}

fn operation(document: &Node, operation: &Operation<'_>) -> String {
    let (id, function, method) = (operation.id(), operation.function(), operation.method());
    let (name, path) = (constant(id), &operation.path.key);
    let server = operation.servers(document).items().first().map_or("", |it| it.text("url"));
    let effect = if operation.effect() == "charge" { "Charge" } else { "Read" };
    let proof: Vec<&str> =
        operation.node.get("x-oxhost-proof").items().iter().map(Node::str).collect();
    let success = &operation.success().key;
    let [reply, failure] = [operation.reply(), operation.failure(document)].map(shape_name);
    let mut fields = BTreeSet::new();
    names(document, operation.reply(), &mut fields);
    let fields = Vec::from_iter(fields);
    format!(
        "
        /// `{method} {path}`
        pub static {name}: Operation = Operation {{
            id: {id:?}, function: {function:?}, method: {method:?}, path: {path:?}, server: {server:?},
            effect: Effect::{effect}, proof: &{proof:?}, success: {success},
            reply: &shapes::{reply}, reply_fields: &{fields:?}, failure: &shapes::{failure},
        }};
        "
    )
}

fn shape_name(schema: &str) -> String {
    schema.to_snake_case().to_uppercase()
}

fn shape(document: &Node, schema: &Node) -> String {
    let listed = fields(document, &schema.key).iter();
    let fields: String = listed
        .clone()
        .map(|property| format!("({:?}, Field::{}), ", property.key, field(document, property)))
        .collect();
    let lower: Vec<String> = listed.map(|property| property.key.to_lowercase()).collect();
    let name = shape_name(&schema.key);
    format!("pub(super) static {name}: Shape = Shape {{ fields: &[{fields}], lower: &{lower:?} }};")
}

/// The names of a schema's fields and of those in them, in lower case.
fn names(document: &Node, schema: &str, found: &mut BTreeSet<String>) {
    for field in fields(document, schema) {
        if found.insert(field.key.to_lowercase()) {
            names(document, field.referred(), found);
            names(document, field.get("items").reference(), found);
        }
    }
}

/// Of so many digits is the date that stands in each.
const SHORTEST_ORDER_NUMBER: usize = 6;

/// How documented numbers of orders begin: `plk_` of `PLK_RENEW_20250320_123456`.
fn order_numbers(document: &Node) -> BTreeSet<String> {
    let schemas = document.at(&["components", "schemas"]).entries().iter();
    let examples = schemas.flat_map(|schema| schema.get("properties").entries());
    let examples = examples.map(|property| property.text("example"));
    let starts = examples.filter_map(|example| {
        let (start, rest) = example.split_once('_')?;
        let is_number = start.chars().all(|letter| letter.is_ascii_uppercase())
            && rest.split('_').any(|part| {
                part.len() >= SHORTEST_ORDER_NUMBER && part.chars().all(|it| it.is_ascii_digit())
            });
        is_number.then(|| format!("{}_", start.to_lowercase()))
    });
    starts.collect()
}

/// What a field of a reply holds, as far as showing it is concerned.
fn field(document: &Node, property: &Node) -> String {
    let (schema, listed) = (property.referred(), property.get("items").reference());
    let kind = match (role(document.at(&["components", "schemas", schema])), schema) {
        _ if !listed.is_empty() => return format!("List(&{})", shape_name(listed)),
        (Some(Role::Open), _) => return format!("Object(&{})", shape_name(schema)),
        (_, "" | "Identifier") => "Text",
        (_, "Secret" | "FreeText" | "Untyped") => schema,
        _ => "Value",
    };
    kind.to_owned()
}
