//! Without the generator, the code that is shipped is used, and no other contract than its own.

use std::fs;

use crate::checkout::{Checkout, words};
use crate::contract::key_header;

/// Every feature but `generate`.
const WITHOUT: [&str; 4] =
    ["--package=oxhost", "--no-default-features", "--features=blocking", "--features=schemars"];

#[test]
fn without_the_generator_another_contract_stops_the_build() {
    let checkout = Checkout::new();
    let contract = checkout.read("openapi.yaml");
    // As `.ci/shipped --write` does.
    let script = checkout.build_script(&["--package=oxhost"]);
    assert!(checkout.run(&script).status.success());
    for file in fs::read_dir(checkout.dir.join("target/out")).unwrap() {
        let file = file.unwrap();
        let name = file.file_name().into_string().unwrap();
        checkout.write(&format!("build/shipped/{name}"), &fs::read_to_string(file.path()).unwrap());
    }

    let built = checkout.cargo("build", &WITHOUT);
    assert!(built.status.success(), "{}", words(&built));

    // Another checkout's line endings are no other contract.
    checkout.write("openapi.yaml", &contract.replace('\n', "\r\n"));
    let built = checkout.cargo("build", &WITHOUT);
    assert!(built.status.success(), "{}", words(&built));

    let other = contract.replace(&format!("name: {}", key_header()), "name: x-other-key");
    assert_ne!(other, contract, "nothing was edited");
    checkout.write("openapi.yaml", &other);
    let built = checkout.cargo("build", &WITHOUT);
    assert!(!built.status.success(), "it was built");
    let told = "openapi.yaml is not what the code in build/shipped was generated from: \
                build with the feature `generate`, or undo the edit";
    assert!(words(&built).contains(told), "{}", words(&built));

    // And nothing is compiled for the build itself.
    let tree = checkout.cargo("tree", &[&WITHOUT[..], &["--edges=build"]].concat());
    assert_eq!(String::from_utf8(tree.stdout).unwrap().lines().count(), 1);
}
