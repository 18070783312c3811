//! The tables of what progenitor does not read: the key's header, operations, what may be shown.

use heck::{ToShoutySnakeCase, ToSnakeCase};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::File;

use crate::check::{Contract, Operation};
use crate::document::Node;

/// The file `contract.rs`.
pub fn tables(contract: &Contract) -> syn::Result<File> {
    let header = &contract.api_key_header;
    let secrets = contract.secret_fields.iter().map(|name| name.to_lowercase());
    let envelope = match &contract.envelope {
        Some(name) => quote!(Some(#name)),
        None => quote!(None),
    };
    let outcomes = &contract.outcomes;
    let (refusals, without_json) = (&outcomes.refusals, &outcomes.refusals_without_json);
    let (state_field, failed) = (&outcomes.state_field, &outcomes.failed_states);
    let (yes, no) = (&outcomes.true_forms, &outcomes.false_forms);
    let operations = contract.operations.iter().map(operation);
    let names: Vec<Ident> = contract.operations.iter().map(constant).collect();
    let shapes = contract.shapes.iter().map(|(name, fields)| shape(name, fields));
    syn::parse2(quote! {
        /// Header that carries the API key.
        pub const API_KEY_HEADER: &str = #header;
        /// Names of the reply fields that hold secrets, in lower case.
        pub const SECRET_FIELDS: &[&str] = &[#(#secrets),*];
        /// Reply field in which the payload is sometimes wrapped.
        pub(crate) const ENVELOPE: Option<&str> = #envelope;
        /// Statuses that refuse an order, with a JSON object.
        pub const REFUSALS: &[u16] = &[#(#refusals),*];
        /// Statuses that refuse an order, with a page, a text or nothing.
        pub const REFUSALS_WITHOUT_JSON: &[u16] = &[#(#without_json),*];
        /// Field of an order that tells its state.
        pub const STATE_FIELD: &str = #state_field;
        /// States of an order that was not carried out, in lower case.
        pub const FAILED_STATES: &[&str] = &[#(#failed),*];
        /// Every form of a yes, as JSON.
        pub(crate) const TRUE_FORMS: &[&str] = &[#(#yes),*];
        /// Every form of a no, as JSON.
        pub(crate) const FALSE_FORMS: &[&str] = &[#(#no),*];
        /// Every operation of the contract, by name.
        pub mod operations {
            use super::{Effect, Operation, shapes};
            #(#operations)*
        }
        /// Every operation of the contract, in its order.
        pub static OPERATIONS: &[&Operation] = &[#(&operations::#names),*];
        /// The fields of replies.
        mod shapes {
            use super::{Field, Shape};
            #(#shapes)*
        }
    })
}

fn constant(operation: &Operation) -> Ident {
    format_ident!("{}", operation.id.to_shouty_snake_case())
}

fn operation(operation: &Operation) -> TokenStream {
    let name = constant(operation);
    let Operation { id, function, method, path, server, effect, proof, success, reply, failure } =
        operation;
    let words = format!("`{method} {path}`");
    let effect = match effect.as_str() {
        "charge" => quote!(Effect::Charge),
        _ => quote!(Effect::Read),
    };
    let success: proc_macro2::Literal =
        success.parse().unwrap_or(proc_macro2::Literal::u16_unsuffixed(200));
    let (reply, failure) = (shape_name(reply), shape_name(failure));
    quote! {
        #[doc = #words]
        pub static #name: Operation = Operation {
            id: #id, function: #function, method: #method, path: #path, server: #server,
            effect: #effect, proof: &[#(#proof),*], success: #success,
            reply: &shapes::#reply, failure: &shapes::#failure,
        };
    }
}

fn shape_name(schema: &str) -> Ident {
    format_ident!("{}", schema.to_snake_case().to_uppercase())
}

/// A field of a reply, as far as showing it is concerned.
pub enum Field {
    Text,
    FreeText,
    Value,
    Secret,
    Untyped,
    Object(String),
    List(String),
}

fn shape(name: &str, fields: &[(String, Field)]) -> TokenStream {
    let ident = shape_name(name);
    let fields = fields.iter().map(|(name, field)| {
        let field = match field {
            Field::Text => quote!(Field::Text),
            Field::FreeText => quote!(Field::FreeText),
            Field::Value => quote!(Field::Value),
            Field::Secret => quote!(Field::Secret),
            Field::Untyped => quote!(Field::Untyped),
            Field::Object(schema) => {
                let shape = shape_name(schema);
                quote!(Field::Object(&#shape))
            }
            Field::List(schema) => {
                let shape = shape_name(schema);
                quote!(Field::List(&#shape))
            }
        };
        quote!((#name, #field))
    });
    quote! {
        pub(super) static #ident: Shape = Shape { fields: &[#(#fields),*] };
    }
}

/// The fields of every open object, in the contract's order.
pub fn shapes(document: &Node) -> Vec<(String, Vec<(String, Field)>)> {
    let schemas = document.at(&["components", "schemas"]).map_or(&[][..], Node::entries);
    let open = schemas
        .iter()
        .filter(|schema| schema.value.get("additionalProperties").is_some_and(Node::is_map));
    open.map(|schema| {
        let properties = schema.value.get("properties").map_or(&[][..], Node::entries);
        let fields = properties
            .iter()
            .map(|property| (property.key.clone(), field(document, &property.value)));
        (schema.key.clone(), fields.collect())
    })
    .collect()
}

fn field(document: &Node, node: &Node) -> Field {
    let referred = |node: &Node| {
        let name = node.text("$ref")?.strip_prefix("#/components/schemas/")?;
        Some(name.to_owned())
    };
    if let Some(schema) = node.get("items").and_then(referred) {
        return Field::List(schema);
    }
    let all_of = node.get("allOf").map_or(&[][..], Node::items);
    let Some(schema) = referred(node).or_else(|| all_of.iter().find_map(referred)) else {
        return Field::Text;
    };
    let named = document.at(&["components", "schemas", &schema]);
    if named.is_some_and(|named| named.get("additionalProperties").is_some()) {
        return Field::Object(schema);
    }
    if named.is_some_and(|named| named.get("x-oxhost-secret").is_some()) {
        return Field::Secret;
    }
    match schema.as_str() {
        "Identifier" => Field::Text,
        "Words" => Field::FreeText,
        "Unlisted" => Field::Untyped,
        _ => Field::Value,
    }
}
