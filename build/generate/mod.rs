//! Contract → Rust: progenitor's client, and the tables that progenitor does not read.

mod tables;

mod types;

use std::error::Error;
use std::panic::{self, AssertUnwindSafe};

use progenitor::{GenerationSettings, Generator, HooksMode};
use quote::quote;
use syn::{File, ImplItem, Item, parse_quote};

use crate::contract::{Contract, operations};

/// Schemas for which a hand-written type of the same name stands: loose values, and what must not be
/// shown.
pub const REPLACED: [&str; 8] = [
    "CivilDateTime",
    "FreeText",
    "Identifier",
    "LenientBool",
    "Money",
    "Secret",
    "Untyped",
    "WholeNumber",
];

/// The files to write, by name.
pub fn files(contract: &Contract) -> Result<[(&'static str, String); 4], Box<dyn Error>> {
    let mut client = syn::parse2(client(contract)?)?;
    close(&mut client, contract)?;
    let types = types::finish(&mut client)?;
    assert_types(&client, &types)?;
    Ok([
        ("client.rs", prettyplease::unparse(&client)),
        ("contract.rs", prettyplease::unparse(&tables::tables(&contract.document)?)),
        ("schemas.rs", schema_list(&types)),
        ("replies.rs", tables::replies(&contract.document)),
    ])
}

fn client(contract: &Contract) -> Result<proc_macro2::TokenStream, Box<dyn Error>> {
    let mut settings = GenerationSettings::default();
    settings.with_hooks(HooksMode::Expected).with_inner_type(quote!(crate::hooks::Hooks));
    for schema in REPLACED {
        settings.with_replacement(schema, format!("crate::{schema}"), [].into_iter());
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

/// The tables find an operation by its method's name, so the names must be the real ones. And only the
/// transport makes a generated client: progenitor's own constructors follow redirects, use the
/// environment's proxies and panic without a TLS provider.
fn close(client: &mut File, contract: &Contract) -> Result<(), String> {
    let (mut methods, mut closed) = (Vec::new(), 0);
    for item in &mut client.items {
        let Item::Impl(block) = item else { continue };
        block
            .items
            .retain(|item| !matches!(item, ImplItem::Fn(method) if method.sig.ident == "new"));
        for item in &mut block.items {
            let ImplItem::Fn(method) = item else { continue };
            if method.sig.ident == "new_with_client" {
                method.vis = parse_quote!(pub(crate));
                closed += 1;
            }
            methods.push(method.sig.ident.to_string());
        }
    }
    if closed != 1 {
        return Err("progenitor has changed its constructors, see build/generate/mod.rs".to_owned());
    }
    match operations(&contract.document).find(|it| !methods.contains(&it.function())) {
        Some(lost) => Err(format!(
            "operation `{}` did not become the method `{}`: progenitor has changed its naming, see build/generate/mod.rs",
            lost.id(),
            lost.function()
        )),
        None => Ok(()),
    }
}

fn assert_types(client: &File, types: &[String]) -> Result<(), String> {
    let text = quote!(#client).to_string();
    // A misspelt replacement is silent in progenitor: the schema becomes a type of its own.
    for schema in REPLACED {
        let spaced = format!("crate :: {schema}");
        if types.iter().any(|name| name == schema) || !text.contains(&spaced) {
            return Err(format!(
                "openapi.yaml:1: the replacement of `{schema}` did not take: correct REPLACED in build/generate/mod.rs, or remove it there if no field uses it"
            ));
        }
    }
    // Money is a decimal. The rules for schemas keep floats out; this holds them to it.
    if text.split_whitespace().any(|token| token == "f64" || token == "f32") {
        let remedy = "let no schema be `type: number`";
        return Err(format!("openapi.yaml:1: a float was generated: {remedy}"));
    }
    Ok(())
}

/// For the test that holds every generated type against its schema in the contract.
fn schema_list(types: &[String]) -> String {
    let row =
        |name: &String| format!("({name:?}, ::schemars::schema_for!(oxhost::types::{name})),\n");
    let rows: String = types.iter().map(row).collect();
    format!(
        "fn generated_schemas() -> Vec<(&'static str, ::schemars::Schema)> {{ vec![\n{rows}] }}"
    )
}
