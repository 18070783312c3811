//! What progenitor's types lack: constructors of requests, and patience with replies.

use syn::punctuated::Punctuated;
use syn::{
    Attribute, Field, Fields, File, Item, ItemEnum, ItemStruct, LitStr, Path, Token, Type,
    parse_quote,
};

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
    let (mut added, mut open): (Vec<Item>, Vec<syn::Ident>) = (Vec::new(), Vec::new());
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
                    object.attrs.iter_mut().try_for_each(without_deserialize)?;
                    object.attrs.push(parse_quote!(#[derive(Default)]));
                    for field in &mut object.fields {
                        mark(object.ident.to_string(), field)?;
                    }
                    added.push(reading(object)?);
                    open.push(object.ident.clone());
                } else if matches!(object.fields, Fields::Named(_)) {
                    added.push(constructor(object));
                }
            }
            Item::Enum(choice) => names.push(choice.ident.to_string()),
            _ => {}
        }
    }
    items.extend(added);
    items.push(parse_quote!(crate::from_json::deserialize! { #(#open),* }));
    Ok(names)
}

/// How a reply is read: what is listed field by field, and the rest as it is.
fn reading(object: &ItemStruct) -> Result<Item, String> {
    let name = &object.ident;
    let listed = object.fields.iter().filter(|field| !is_extra(field));
    let (fields, sent): (Vec<_>, Vec<_>) =
        listed.map(|field| Ok((&field.ident, sent_as(field)?))).collect::<Result<_, String>>()?;
    Ok(parse_quote! {
        impl crate::from_json::FromJson for #name {
            fn from_json(json: &mut crate::json::Json) -> ::std::option::Option<Self> {
                let mut read = Self::default();
                for (name, value) in json.object()? {
                    match name.as_str() {
                        #(#sent => crate::from_json::read_field(&mut read.#fields, value),)*
                        _ => {
                            let value = crate::from_json::FromJson::from_json(value)?;
                            read.extra.insert(name.clone(), value);
                        }
                    }
                }
                ::std::option::Option::Some(read)
            }
        }
    })
}

/// The name of a field as it is sent.
fn sent_as(field: &Field) -> Result<String, String> {
    let mut name = field.ident.as_ref().map(ToString::to_string).unwrap_or_default();
    for attribute in field.attrs.iter().filter(|it| it.path().is_ident("serde")) {
        let read = attribute.parse_nested_meta(|meta| {
            if meta.input.peek(Token![=]) {
                let value: LitStr = meta.value()?.parse()?;
                if meta.path.is_ident("rename") {
                    name = value.value();
                }
            }
            Ok(())
        });
        read.map_err(|error| {
            format!(
                "field `{name}` has unexpected attributes, see build/generate/types.rs: {error}"
            )
        })?;
    }
    Ok(name)
}

/// Replies have a way of their own to be read.
fn without_deserialize(attribute: &mut Attribute) -> Result<(), String> {
    if attribute.path().is_ident("derive") {
        let derived = attribute.parse_args_with(Punctuated::<Path, Token![,]>::parse_terminated);
        let derived = derived.map_err(|error| format!("unexpected derives: {error}"))?;
        let kept = derived.iter().filter(|path| {
            path.segments.last().is_none_or(|segment| segment.ident != "Deserialize")
        });
        *attribute = parse_quote!(#[derive(#(#kept),*)]);
    }
    Ok(())
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
        Fields::Named(fields) => fields.named.iter().any(is_extra),
        Fields::Unnamed(_) | Fields::Unit => false,
    }
}

fn is_extra(field: &Field) -> bool {
    field.ident.as_ref().is_some_and(|ident| ident == "extra")
}

/// Holds a field of a reply to what reading it needs: it may be absent.
fn mark(object: String, field: &mut Field) -> Result<(), String> {
    if is_extra(field) {
        // A field that nobody has listed may be a secret: its type prints nothing.
        field.attrs.push(parse_quote!(#[doc = "Fields that the contract does not list."]));
        field.ty = parse_quote!(::std::collections::BTreeMap<::std::string::String, crate::value::Untyped>);
        return Ok(());
    }
    let name = field.ident.as_ref().map(ToString::to_string).unwrap_or_default();
    let Type::Path(path) = &field.ty else {
        return Err(format!(
            "field `{object}.{name}` has an unexpected type, see build/generate/types.rs"
        ));
    };
    if path.path.segments.last().is_none_or(|segment| segment.ident != "Option") {
        return Err(format!("field `{object}.{name}` is required, and a reply requires nothing"));
    }
    field.attrs.push(parse_quote!(#[serde(default)]));
    Ok(())
}
