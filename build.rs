//! openapi.yaml → checked contract → generated client, in `OUT_DIR`. Nothing generated is edited by hand.

#![allow(unreachable_pub, reason = "nothing is outside a build script")]

#[path = "build/contract/mod.rs"]
mod contract;
#[path = "build/generate/mod.rs"]
mod generate;

use std::{env, error::Error, fs, path::Path, process::ExitCode};

fn main() -> ExitCode {
    println!("cargo::rerun-if-changed=openapi.yaml");
    println!("cargo::rerun-if-changed=build");
    match write_client() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // `cargo::error` is how cargo shows a build script's own words without its debris.
            for line in error.to_string().lines() {
                println!("cargo::error={line}");
            }
            ExitCode::FAILURE
        }
    }
}

fn write_client() -> Result<(), Box<dyn Error>> {
    let root = env::var("CARGO_MANIFEST_DIR")?;
    let text = fs::read_to_string(Path::new(&root).join("openapi.yaml"))
        .map_err(|error| format!("openapi.yaml cannot be read: {error}"))?;
    let contract = contract::read(&text)?;
    let out = env::var("OUT_DIR")?;
    for (name, code) in generate::files(&contract)? {
        fs::write(Path::new(&out).join(name), code)?;
    }
    Ok(())
}
