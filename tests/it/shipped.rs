//! What is shipped for builds without the generator is what the generator makes now.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::Path;

use crate::checkout::{Checkout, words};

const SHIP: &str =
    "ship it anew: OXHOST_SHIP=1 cargo test -p oxhost --test it what_is_shipped_is_what";

type Files = BTreeMap<String, String>;

fn files(dir: &Path) -> Files {
    let read = |entry: fs::DirEntry| {
        let name = entry.file_name().into_string().unwrap();
        (name, fs::read_to_string(entry.path()).unwrap())
    };
    fs::read_dir(dir).unwrap().map(|entry| read(entry.unwrap())).collect()
}

fn prove(shipped: &Files, generated: &Files) -> Result<(), String> {
    let mut names: Vec<&String> = shipped.keys().chain(generated.keys()).collect();
    names.retain(|name| shipped.get(*name) != generated.get(*name));
    names.sort();
    names.dedup();
    match &names[..] {
        [] => Ok(()),
        names => Err(format!("build/shipped has another {names:?} than is generated: {SHIP}")),
    }
}

#[test]
fn what_is_shipped_is_what_is_generated() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("build/shipped");
    let generated = files(Path::new(env!("OUT_DIR")));
    if env::var_os("OXHOST_SHIP").is_some() {
        fs::remove_dir_all(&dir).unwrap();
        fs::create_dir(&dir).unwrap();
        for (name, code) in &generated {
            fs::write(dir.join(name), code).unwrap();
        }
    }
    let shipped = files(&dir);
    assert_eq!(prove(&shipped, &generated), Ok(()));

    // And not otherwise.
    for name in generated.keys() {
        let (mut edited, mut lost, mut added) = (shipped.clone(), shipped.clone(), shipped.clone());
        edited.get_mut(name).unwrap().push('\n');
        lost.remove(name);
        added.insert(format!("old_{name}"), String::new());
        for spoilt in [edited, lost, added] {
            let said = prove(&spoilt, &generated).unwrap_err();
            assert!(said.contains(name) && said.ends_with(SHIP), "{said}");
        }
    }
}

/// Every feature but `generate`.
const WITHOUT: [&str; 4] =
    ["--package=oxhost", "--no-default-features", "--features=blocking", "--features=schemars"];

#[test]
fn without_the_generator_another_contract_stops_the_build() {
    let checkout = Checkout::new();
    let contract = checkout.read("openapi.yaml");
    let built = checkout.cargo("build", &WITHOUT);
    assert!(built.status.success(), "{}", words(&built));

    // Another checkout's line endings are no other contract.
    checkout.write("openapi.yaml", &contract.replace('\n', "\r\n"));
    let built = checkout.cargo("build", &WITHOUT);
    assert!(built.status.success(), "{}", words(&built));

    checkout.write("openapi.yaml", &contract.replace("name: x-api-key", "name: x-other-key"));
    let built = checkout.cargo("build", &WITHOUT);
    assert!(!built.status.success(), "it was built");
    let told = "openapi.yaml is not what the code in build/shipped was generated from: \
                build with the feature `generate`, or undo the edit";
    assert!(words(&built).contains(told), "{}", words(&built));

    // And nothing is compiled for the build itself.
    let tree = checkout.cargo("tree", &[&WITHOUT[..], &["--edges=build"]].concat());
    assert_eq!(String::from_utf8(tree.stdout).unwrap().lines().count(), 1);
}
