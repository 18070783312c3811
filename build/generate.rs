//! Contract → Rust: progenitor's client, and the tables that progenitor does not read.

use std::error::Error;
use std::panic::{self, AssertUnwindSafe};

use progenitor::{GenerationSettings, Generator, HooksMode};
use quote::{format_ident, quote};
use syn::{File, ImplItem, Item, parse_quote};

use crate::check::Contract;
use crate::tables::tables;
use crate::types;

/// Schemas for which a hand-written type stands: loose values, and what must not be shown.
pub const REPLACED: [(&str, &str); 8] = [
    ("CivilDateTime", "crate::value::CivilDateTime"),
    ("Flag", "crate::value::LenientBool"),
    ("Identifier", "crate::value::Identifier"),
    ("Money", "crate::value::Money"),
    ("Secret", "crate::secret::Secret"),
    ("Unlisted", "crate::value::Untyped"),
    ("WholeNumber", "crate::value::WholeNumber"),
    ("Words", "crate::value::FreeText"),
];

/// The files to write, by name.
pub fn files(contract: &Contract) -> Result<[(&'static str, String); 3], Box<dyn Error>> {
    let mut client = syn::parse2(client(contract)?)?;
    assert_methods(&client, contract)?;
    close_constructors(&mut client)?;
    let types = types::finish(&mut client, contract)?;
    assert_replaced(&client, &types)?;
    assert_no_float(&client)?;
    Ok([
        ("client.rs", prettyplease::unparse(&client)),
        ("contract.rs", prettyplease::unparse(&tables(contract)?)),
        ("schemas.rs", prettyplease::unparse(&schema_list(&types)?)),
    ])
}

fn client(contract: &Contract) -> Result<proc_macro2::TokenStream, Box<dyn Error>> {
    let mut settings = GenerationSettings::default();
    settings
        .with_hooks(HooksMode::Expected)
        .with_inner_type(quote!(crate::hooks::Hooks))
        .with_derive("::schemars::JsonSchema");
    for (schema, path) in REPLACED {
        settings.with_replacement(schema, path, [].into_iter());
    }
    // progenitor asserts where it does not support; the checks before this should leave nothing to it.
    panic::set_hook(Box::new(|_| {}));
    let tokens = panic::catch_unwind(AssertUnwindSafe(|| {
        Generator::new(&settings).generate_tokens(&contract.openapi)
    }));
    let _ = panic::take_hook();
    match tokens {
        Ok(tokens) => tokens
            .map_err(|error| format!("openapi.yaml:1: nothing can be generated: {error}").into()),
        Err(panic) => {
            let words = panic.downcast_ref::<String>().map(String::as_str);
            let words =
                words.or(panic.downcast_ref::<&str>().copied()).unwrap_or("no reason given");
            Err(format!("openapi.yaml:1: progenitor does not support something here: {words}: simplify what was added last").into())
        }
    }
}

/// The tables find an operation by its method's name, so the names must be the real ones.
fn assert_methods(client: &File, contract: &Contract) -> Result<(), String> {
    let methods: Vec<String> = client
        .items
        .iter()
        .filter_map(|item| match item {
            Item::Impl(block) => Some(&block.items),
            _ => None,
        })
        .flatten()
        .filter_map(|item| match item {
            ImplItem::Fn(method) => Some(method.sig.ident.to_string()),
            _ => None,
        })
        .collect();
    for operation in &contract.operations {
        if !methods.contains(&operation.function) {
            return Err(format!(
                "operation `{}` did not become the method `{}`: progenitor has changed its naming, see build/generate.rs",
                operation.id, operation.function
            ));
        }
    }
    Ok(())
}

/// Only the transport makes a generated client: progenitor's own constructors follow redirects, use
/// the environment's proxies and panic without a TLS provider.
fn close_constructors(client: &mut File) -> Result<(), String> {
    let mut closed = 0;
    for item in &mut client.items {
        let Item::Impl(block) = item else { continue };
        block
            .items
            .retain(|item| !matches!(item, ImplItem::Fn(method) if method.sig.ident == "new"));
        for item in &mut block.items {
            if let ImplItem::Fn(method) = item
                && method.sig.ident == "new_with_client"
            {
                method.vis = parse_quote!(pub(crate));
                closed += 1;
            }
        }
    }
    match closed {
        1 => Ok(()),
        _ => Err("progenitor has changed its constructors, see build/generate.rs".to_owned()),
    }
}

/// A misspelt replacement is silent in progenitor: the schema becomes a type of its own.
fn assert_replaced(client: &File, types: &[String]) -> Result<(), String> {
    let text = quote!(#client).to_string();
    for (schema, path) in REPLACED {
        let spaced = path.replace("::", " :: ");
        if types.iter().any(|name| name == schema) || !text.contains(&spaced) {
            return Err(format!(
                "openapi.yaml:1: the replacement of `{schema}` by `{path}` did not take: correct REPLACED in build/generate.rs, or remove it there if no field uses it"
            ));
        }
    }
    Ok(())
}

/// Money is a decimal. The rules for schemas keep floats out; this holds them to it.
fn assert_no_float(client: &File) -> Result<(), String> {
    let text = quote!(#client).to_string();
    if text.split_whitespace().any(|token| token == "f64" || token == "f32") {
        return Err(
            "openapi.yaml:1: a float was generated: let no schema be `type: number`".to_owned()
        );
    }
    Ok(())
}

/// For the test that holds every generated type against its schema in the contract.
fn schema_list(types: &[String]) -> syn::Result<File> {
    let rows = types.iter().map(|name| {
        let ident = format_ident!("{name}");
        quote!((#name, ::schemars::schema_for!(oxhost::types::#ident)))
    });
    syn::parse2(quote! {
        fn generated_schemas() -> Vec<(&'static str, ::schemars::Schema)> {
            vec![#(#rows),*]
        }
    })
}
