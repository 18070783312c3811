//! Help, version, contract, completions.

use std::collections::BTreeSet;

use oxhost::contract::OPERATIONS;
use serde_json::Value;

use crate::command::{oxhost, run};

const CONTRACT: &str = include_str!("../../../../openapi.yaml");
const README: &str = include_str!("../../../../README.md");

/// What is printed where nothing can go wrong.
fn printed(args: &[&str]) -> String {
    let run = run(oxhost(args));
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{args:?}: {run:?}");
    run.stdout
}

#[test]
fn the_help_lists_every_exit_code_every_variable_and_the_commands_of_the_readme() {
    let help = printed(&["--help"]);
    let (_, codes) = help.split_once("Exit codes:\n").unwrap();
    let listed: Vec<&str> = codes
        .lines()
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_whitespace().next())
        .filter(|word| word.parse::<u8>().is_ok())
        .collect();
    assert_eq!(listed, ["0", "2", "3", "4", "5", "6", "7", "8", "130"]);
    for name in ["OXHOST_API_KEY", "OXHOST_BASE_URL", "OXHOST_JOURNAL"] {
        assert!(help.contains(name), "{help}");
    }
    let (_, commands) = help.split_once("\nCommands:\n").unwrap();
    let commands = commands.lines().take_while(|line| !line.is_empty());
    let commands = commands.filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    let commands: BTreeSet<&str> = commands.filter(|name| !name.is_empty()).collect();
    // The README shows each of them, and no other.
    let shown = README.split("oxhost ").skip(1);
    let shown = shown.filter_map(|rest| rest.split(|it: char| !it.is_ascii_lowercase()).next());
    assert_eq!(shown.filter(|name| !name.is_empty()).collect::<BTreeSet<_>>(), commands);
    assert!(printed(&["-h", "-o", "json"]).contains(codes.trim()), "the short help has them too");
}

#[test]
fn the_example_in_the_help_works() {
    let help = printed(&["--help"]);
    let example = help.lines().rfind(|line| line.trim().starts_with("oxhost ")).unwrap();
    let args: Vec<&str> = example.split_whitespace().skip(1).collect();
    assert!(args.contains(&"--sandbox"), "{example}");
    let run = run(oxhost(&args));
    assert_eq!(run.code, Some(0), "{run:?}");
}

#[test]
fn every_order_says_in_its_help_that_it_charges_money() {
    for args in [["plesk", "renew", "--help"], ["server", "extend", "--help"]] {
        assert!(printed(&args).contains("Charges money"), "{args:?}");
    }
}

#[test]
fn the_version_is_that_of_the_package() {
    for flag in ["--version", "-V"] {
        assert_eq!(printed(&[flag]), format!("oxhost {}\n", env!("CARGO_PKG_VERSION")));
    }
}

#[test]
fn the_contract_as_json_has_the_same_operations() {
    let document: Value = serde_json::from_str(&printed(&["spec", "--format", "json"])).unwrap();
    assert_eq!(document["openapi"], "3.0.3");
    let operations: BTreeSet<(&str, &str, &str)> = document["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, methods)| {
            methods.as_object().unwrap().iter().map(move |(method, operation)| {
                (operation["operationId"].as_str().unwrap(), method.as_str(), path.as_str())
            })
        })
        .collect();
    let built: BTreeSet<(&str, String, &str)> = OPERATIONS
        .iter()
        .map(|operation| (operation.id, operation.method.to_lowercase(), operation.path))
        .collect();
    let built = built.iter().map(|(id, method, path)| (*id, method.as_str(), *path)).collect();
    assert_eq!(operations, built);

    let written: BTreeSet<&str> =
        CONTRACT.lines().filter_map(|line| line.trim().strip_prefix("operationId: ")).collect();
    assert_eq!(operations.iter().map(|(id, ..)| *id).collect::<BTreeSet<_>>(), written);
    // Texts stay texts, and numbers keep their digits.
    let text = document.to_string();
    assert!(text.contains(r#""amount":"29.97""#) && text.contains(r#""amount":0.02"#));
}

#[test]
fn there_are_completions_for_every_shell() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = printed(&["completions", shell]);
        for word in ["oxhost", "renew", "extend", "dry-run"] {
            assert!(script.contains(word), "{shell}: no `{word}`");
        }
    }
    assert_eq!(run(oxhost(&["completions", "tcsh"])).code, Some(2));
}
