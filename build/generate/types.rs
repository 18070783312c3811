//! What progenitor's types lack: constructors of requests, and patience with replies.

use quote::quote;
use syn::{Field, Fields, File, Item, ItemEnum, ItemStruct, Type, parse_quote};

/// Finishes the types in place, and gives the names of all of them.
pub fn finish(client: &mut File) -> Result<Vec<String>, String> {
    let types = client.items.iter_mut().find_map(|item| match item {
        Item::Mod(module) if module.ident == "types" => module.content.as_mut(),
        _ => None,
    });
    let Some((_, items)) = types else {
        return Err(
            "progenitor generated no module `types`, see build/generate/types.rs".to_owned()
        );
    };
    let mut names = Vec::new();
    let mut constructors = Vec::new();
    for item in items.iter_mut() {
        if let Item::Struct(ItemStruct { attrs, .. }) | Item::Enum(ItemEnum { attrs, .. }) = item {
            attrs.push(
                parse_quote!(#[cfg_attr(feature = "schemars", derive(::schemars::JsonSchema))]),
            );
        }
        match item {
            Item::Struct(object) => {
                names.push(object.ident.to_string());
                if is_open(object) {
                    object.attrs.push(parse_quote!(#[derive(Default)]));
                    for field in &mut object.fields {
                        mark(object.ident.to_string(), field)?;
                    }
                } else if matches!(object.fields, Fields::Named(_)) {
                    constructors.push(constructor(object));
                }
            }
            Item::Enum(choice) => names.push(choice.ident.to_string()),
            _ => {}
        }
    }
    items.extend(constructors);
    Ok(names)
}

/// Makes a request of its required fields, so that a new optional one changes no helper.
fn constructor(object: &ItemStruct) -> Item {
    let name = &object.ident;
    let is_optional = |field: &&Field| matches!(&field.ty, Type::Path(path) if path.path.segments.last().is_some_and(|it| it.ident == "Option"));
    let (optional, required): (Vec<&Field>, Vec<&Field>) =
        object.fields.iter().partition(is_optional);
    let names =
        |fields: &[&Field]| fields.iter().map(|field| field.ident.clone()).collect::<Vec<_>>();
    let (optional, idents) = (names(&optional), names(&required));
    let types = required.iter().map(|field| &field.ty);
    parse_quote! {
        impl #name {
            pub(crate) fn of_required(#(#idents: #types),*) -> Self {
                Self { #(#idents,)* #(#optional: None),* }
            }
        }
    }
}

/// Replies are open objects, and only they have the map of unlisted fields.
fn is_open(object: &ItemStruct) -> bool {
    match &object.fields {
        Fields::Named(fields) => fields
            .named
            .iter()
            .any(|field| field.ident.as_ref().is_some_and(|ident| ident == "extra")),
        Fields::Unnamed(_) | Fields::Unit => false,
    }
}

/// Lets no field of a reply fail the reply: what does not decode is absent from the typed view.
fn mark(object: String, field: &mut Field) -> Result<(), String> {
    let name = field.ident.as_ref().map(ToString::to_string).unwrap_or_default();
    if name == "extra" {
        // A field that nobody has listed may be a secret: its type prints nothing.
        field.attrs.push(parse_quote!(#[doc = "Fields that the contract does not list."]));
        field.ty = parse_quote!(::std::collections::BTreeMap<::std::string::String, crate::value::Untyped>);
        return Ok(());
    }
    let Type::Path(path) = &field.ty else {
        return Err(format!(
            "field `{object}.{name}` has an unexpected type, see build/generate/types.rs"
        ));
    };
    if path.path.segments.last().is_none_or(|segment| segment.ident != "Option") {
        return Err(format!("field `{object}.{name}` is required, and a reply requires nothing"));
    }
    let list = quote!(#path).to_string().contains(":: Vec <");
    let read = if list { "crate::value::read_list" } else { "crate::value::read_field" };
    field.attrs.push(parse_quote!(#[serde(default, deserialize_with = #read)]));
    Ok(())
}
