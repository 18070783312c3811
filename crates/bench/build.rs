//! openapi.yaml → what progenitor makes of it with its default settings, in `OUT_DIR`.

use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    #[cfg(feature = "all")]
    generate()?;
    Ok(())
}

#[cfg(feature = "all")]
fn generate() -> Result<(), Box<dyn Error>> {
    use std::path::Path;
    use std::{env, fs};

    let contract = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("../../openapi.yaml");
    println!("cargo::rerun-if-changed={}", contract.display());
    // By way of JSON, whose keys are texts: YAML's statuses may be numbers.
    let contract: serde_json::Value = serde_saphyr::from_str(&fs::read_to_string(contract)?)?;
    let contract = serde_json::from_value(contract)?;
    let client = progenitor::Generator::default().generate_tokens(&contract)?;
    fs::write(Path::new(&env::var("OUT_DIR")?).join("bare.rs"), client.to_string())?;
    Ok(())
}
