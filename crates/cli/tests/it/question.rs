//! What is asked on a terminal, and what the answers do.

use std::process::Command;

use oxhost_sandbox::{SERVER_ID, SUBSCRIPTION_ID, Sandbox};

use crate::command::{EXTEND, RENEW, keyed, ordering, orders, oxhost};
use crate::terminal::Terminal;

const QUESTION: &str = "[y/N] ";

fn asking(sandbox: &Sandbox, order: &[&str]) -> Command {
    let mut command = keyed(order);
    command.env("OXHOST_BASE_URL", sandbox.url());
    command
}

/// The exit code, the screen and the number of charges once the question was answered.
fn answered(order: &[&str], keys: &str) -> (Option<i32>, String, usize) {
    let sandbox = Sandbox::start().unwrap();
    let mut terminal = Terminal::start(asking(&sandbox, order));
    terminal.wait_for(QUESTION);
    assert_eq!(sandbox.requests(), [], "nothing is sent before the answer");
    terminal.press(keys);
    let (code, screen) = terminal.end();
    assert_eq!(orders(&sandbox).len(), sandbox.ledger().len());
    (code, screen, sandbox.ledger().len())
}

#[test]
fn yes_charges_once() {
    for order in [&RENEW[..], &EXTEND] {
        for keys in ["y\n", "Y\n", "yes\n", " yes \n"] {
            let (code, screen, charges) = answered(order, keys);
            assert_eq!((code, charges), (Some(0), 1), "{keys:?}: {screen}");
            assert!(screen.contains("EUR"), "{screen}");
        }
    }
}

#[test]
fn anything_but_yes_charges_nothing() {
    let end_of_file = "\u{4}";
    for keys in ["n\n", "\n", "no\n", "ye\n", "yy\n", "j\n", end_of_file] {
        let (code, screen, charges) = answered(&RENEW, keys);
        assert_eq!((code, charges), (Some(5), 0), "{keys:?}: {screen}");
        assert!(screen.contains("Nothing was charged."), "{screen}");
    }
}

#[test]
fn an_interrupted_question_charges_nothing() {
    for order in [&RENEW[..], &EXTEND] {
        let (code, screen, charges) = answered(order, "\u{3}");
        assert_eq!((code, charges), (Some(130), 0), "{screen}");
        assert!(screen.contains("interrupted before anything was sent"), "{screen}");
    }
    // What was typed before does not count.
    let (code, screen, charges) = answered(&RENEW, "y\u{3}");
    assert_eq!((code, charges), (Some(130), 0), "{screen}");
}

#[test]
fn the_question_names_what_is_bought_and_where_it_goes() {
    let sandbox = Sandbox::start().unwrap();
    let moved = [&RENEW[..], &["--plan", "plan-9", "--pay", "crypto"]].concat();
    for (order, what) in [
        (&RENEW[..], &[SUBSCRIPTION_ID, "by 3 calendar months, paid", "balance"][..]),
        (&moved, &[SUBSCRIPTION_ID, "plan-9", "crypto"]),
        (&EXTEND, &[SERVER_ID, "by 1 hour"]),
    ] {
        let mut terminal = Terminal::start(asking(&sandbox, order));
        terminal.wait_for(QUESTION);
        terminal.press("n\n");
        let (_, screen) = terminal.end();
        let (question, _) = screen.split_once(QUESTION).unwrap();
        for words in what.iter().copied().chain([sandbox.url(), "charges money"]) {
            assert!(question.contains(words), "`{words}` is not in: {question}");
        }
    }
    assert_eq!(sandbox.requests(), []);
}

#[test]
fn with_yes_or_in_a_sandbox_or_in_a_dry_run_nobody_is_asked() {
    let sandbox = Sandbox::start().unwrap();
    let embedded = oxhost(&[&RENEW[..], &["--sandbox"]].concat());
    let mut dry = asking(&sandbox, &RENEW);
    dry.arg("--dry-run");
    for (command, charges) in [(ordering(sandbox.url(), &RENEW), 1), (embedded, 1), (dry, 1)] {
        let (code, screen) = Terminal::start(command).end();
        assert_eq!((code, sandbox.ledger().len()), (Some(0), charges), "{screen}");
        assert!(!screen.contains("[y/N]"), "{screen}");
    }
}

#[test]
fn a_terminal_gets_colours_unless_the_user_wants_none() {
    let sandbox = Sandbox::start().unwrap();
    let (_, screen) = Terminal::start(ordering(sandbox.url(), &RENEW)).end();
    assert!(screen.contains("\u{1b}["), "{screen:?}");
    let mut plain = ordering(sandbox.url(), &EXTEND);
    plain.env("NO_COLOR", "1");
    let (_, screen) = Terminal::start(plain).end();
    assert!(screen.contains("accepted"), "{screen:?}");
    assert!(!screen.contains('\u{1b}'), "{screen:?}");
}
