//! Packs the page's script, so that a program carries a quarter of its 5 MB, and lists the code samples.

use std::{collections::BTreeSet, env, error::Error, fs, fs::File, io::Write, path::Path};

use flate2::{Compression, write::ZlibEncoder};
use serde_json::Value;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    let out = env::var("OUT_DIR")?;
    let script =
        scalar_api_reference::get_asset("scalar.js").ok_or("the page's script is missing")?;
    let file = File::create(Path::new(&out).join("scalar.js.zz"))?;
    let mut packed = ZlibEncoder::new(file, Compression::best());
    packed.write_all(&script)?;
    packed.finish()?;
    fs::write(Path::new(&out).join("samples.rs"), samples(Path::new("../../samples"))?)?;
    Ok(())
}

/// Each stem of a file with its sample in each language of the table, where the build fails if that is missing.
fn samples(folder: &Path) -> Result<String, Box<dyn Error>> {
    println!("cargo::rerun-if-changed={}", folder.display());
    let folder = folder.canonicalize()?;
    let table: Value = serde_json::from_slice(&fs::read(folder.join("languages.json"))?)?;
    let languages = table.as_array().ok_or("languages.json is no list")?;
    let text = |language: &Value, name| {
        let text = language.get(name).and_then(Value::as_str).map(str::to_owned);
        text.ok_or_else(|| format!("languages.json: {language} has no {name}"))
    };
    let mut stems = BTreeSet::new();
    for file in folder.read_dir()? {
        let name = file?.file_name();
        let (stem, suffix) = name.to_str().and_then(|it| it.split_once('.')).unwrap_or_default();
        if languages.iter().any(|it| text(it, "suffix").is_ok_and(|of| of == suffix)) {
            stems.insert(stem.to_owned());
        }
    }
    let mut list = String::new();
    for stem in stems {
        let mut samples = String::new();
        for language in languages {
            let (lang, label) = (text(language, "lang")?, text(language, "label")?);
            let source = folder.join(format!("{stem}.{}", text(language, "suffix")?));
            samples += &format!(
                "Sample {{ language: {lang:?}, label: {label:?}, source: include_str!({source:?}) }},"
            );
        }
        list += &format!("({stem:?}, &[{samples}]),");
    }
    Ok(format!("&[{list}]"))
}
