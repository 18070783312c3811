//! Packs the page's script, so that a program carries a quarter of its 5 MB.

use std::{env, error::Error, fs::File, io::Write, path::Path};

use flate2::{Compression, write::ZlibEncoder};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    let script =
        scalar_api_reference::get_asset("scalar.js").ok_or("the page's script is missing")?;
    let file = File::create(Path::new(&env::var("OUT_DIR")?).join("scalar.js.zz"))?;
    let mut packed = ZlibEncoder::new(file, Compression::best());
    packed.write_all(&script)?;
    packed.finish()?;
    Ok(())
}
