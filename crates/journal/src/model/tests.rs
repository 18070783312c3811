use std::time::Instant;

use stateright::{Checker, Expectation, HasDiscoveries, Model};

use super::{Mutant, NO_DOUBLE, NO_FALSE_NO, NO_FALSE_YES, ONE_BLOCKS, Rules};

/// As the journal is: the provider does in time what it is given time for.
const RULES: Rules = Rules {
    grace: 1,
    timeout: 1,
    lag: 1,
    books_within: 1,
    shows_within: 1,
    horizon: 5,
    outsider: false,
    person: false,
    second: true,
    same_reference: true,
    other_clock: false,
    extends: false,
    mutant: None,
};

/// Explores all of it, and says how many states there are.
#[expect(clippy::print_stdout, reason = "the figures, for whoever asks with --nocapture")]
fn holds(rules: Rules) -> usize {
    let start = Instant::now();
    let checker = rules.checker().threads(2).spawn_bfs().join();
    println!("{:>8} states in {:.1?}: {rules:?}", checker.unique_state_count(), start.elapsed());
    for (name, path) in checker.discoveries() {
        let sometimes = rules.property(name).expectation == Expectation::Sometimes;
        assert!(sometimes, "{name} does not hold:\n{}", actions(&path));
    }
    checker.unique_state_count()
}

/// The first property that fails, and how.
fn failure(rules: Rules) -> Option<(&'static str, String)> {
    let checker =
        rules.checker().threads(2).finish_when(HasDiscoveries::AnyFailures).spawn_bfs().join();
    let mut failures = checker
        .discoveries()
        .into_iter()
        .filter(|(name, _)| rules.property(name).expectation == Expectation::Always);
    failures.next().map(|(name, path)| (name, actions(&path)))
}

fn actions(path: &stateright::Path<super::World, super::Action>) -> String {
    let actions = path.clone().into_actions();
    actions.iter().map(|action| format!("{action:?}\n")).collect()
}

/// All that can happen does happen: what holds does not hold of nothing.
fn is_alive(rules: Rules) {
    let checker = rules.checker().threads(2).spawn_bfs().join();
    for property in rules.properties() {
        let sometimes = property.expectation == Expectation::Sometimes;
        assert_eq!(checker.discovery(property.name).is_some(), sometimes, "{}", property.name);
    }
}

#[test]
fn no_order_is_booked_twice_or_wrongly_missed_whoever_stops_when() {
    is_alive(Rules { horizon: 7, ..RULES });
    is_alive(Rules { horizon: 7, person: true, ..RULES });
    holds(Rules { person: true, ..RULES });
    holds(Rules { outsider: true, ..RULES });
    holds(Rules { extends: true, ..RULES });
    holds(Rules { same_reference: false, ..RULES });
    holds(Rules { other_clock: true, horizon: 6, ..RULES });
}

/// Larger, and slower: with `OXHOST_MODEL` set.
#[test]
fn no_order_is_booked_twice_in_a_larger_world() {
    if std::env::var_os("OXHOST_MODEL").is_none() {
        return;
    }
    let larger =
        Rules { timeout: 2, lag: 2, books_within: 2, shows_within: 2, horizon: 8, ..RULES };
    for extends in [false, true] {
        for same_reference in [false, true] {
            holds(Rules { extends, same_reference, person: true, ..larger });
            holds(Rules { extends, same_reference, outsider: true, ..larger });
        }
        holds(Rules { extends, other_clock: true, horizon: 10, ..larger });
    }
}

/// Absence may be believed from `send_by + timeout + lag` on exactly if no booking shows after that:
/// the provider books within `books_within` of the hand-over, which is at `send_by` at the latest, and
/// shows within `shows_within`.
#[test]
#[expect(clippy::print_stdout, reason = "the figures, for whoever asks with --nocapture")]
fn absence_holds_exactly_if_the_wait_covers_booking_and_showing() {
    let mut worlds = 0;
    for (grace, timeout, lag) in [(0, 1, 1), (1, 0, 1), (1, 1, 0), (1, 1, 1), (1, 2, 1), (2, 1, 2)]
    {
        for (books_within, shows_within) in [(0, 1), (0, 2), (1, 1), (1, 2), (2, 1), (2, 2)] {
            let horizon = grace + timeout + lag + books_within + shows_within + 1;
            let rules = Rules {
                grace,
                timeout,
                lag,
                books_within,
                shows_within,
                horizon,
                second: false,
                ..RULES
            };
            let failure = failure(rules);
            assert_eq!(
                failure.is_none(),
                timeout + lag >= books_within + shows_within,
                "{rules:?}: {failure:?}"
            );
            worlds += 1;
        }
    }
    println!(
        "{worlds} sets of rules: no false absence exactly if timeout + lag >= booking + showing"
    );
}

macro_rules! caught {
    ($($name:ident: $mutant:ident, $property:expr, $rules:expr;)*) => {$(
        #[test]
        fn $name() {
            let rules = Rules { mutant: Some(Mutant::$mutant), ..$rules };
            let (property, path) = failure(rules).expect("the model does not see it");
            assert!($property.contains(&property), "{property}:\n{path}");
        }
    )*};
}

const APART: Rules = Rules { same_reference: false, ..RULES };

const PERSON: Rules = Rules { person: true, ..RULES };

caught! {
    two_orders_at_once_for_a_target_are_seen: NoTargetIndex, [ONE_BLOCKS], APART;
    an_unknown_order_that_does_not_block_is_seen: UnknownDoesNotBlock, [ONE_BLOCKS], APART;
    a_reference_that_is_taken_again_is_seen: NoReferenceIndex, [NO_DOUBLE], RULES;
    an_intent_without_its_claim_is_seen: IntentWithoutState, [NO_FALSE_NO, NO_DOUBLE], RULES;
    a_release_of_what_is_open_is_seen: ReleaseWithoutState, [NO_FALSE_NO, NO_DOUBLE], RULES;
    a_sender_past_its_deadline_is_seen: SkipsDeadline, [NO_FALSE_NO, NO_DOUBLE], RULES;
    a_sender_that_counts_too_late_is_seen: CountsFromAfterIntent, [NO_FALSE_NO, NO_DOUBLE], RULES;
    absence_without_lag_is_seen: NoLag, [NO_FALSE_NO], RULES;
    absence_without_the_timeout_is_seen: NoTimeout, [NO_FALSE_NO], RULES;
    absence_at_the_end_of_any_window_is_seen: WindowOnly, [NO_FALSE_NO], RULES;
    a_swapped_comparison_is_seen: LateIsEarly, [NO_FALSE_NO], RULES;
    clocks_that_are_mixed_up_are_seen: MixesClocks, [NO_FALSE_NO], Rules { other_clock: true, ..RULES };
    a_verifier_that_sends_again_is_seen: VerifyResends, [NO_DOUBLE, NO_FALSE_NO], RULES;
    a_persons_word_under_way_is_seen: ResolvesWhileUnderWay, [NO_FALSE_NO], PERSON;
    a_persons_word_on_what_may_still_be_booked_is_seen: ResolvesUnknownAtOnce, [NO_FALSE_NO], PERSON;
    a_correction_of_what_may_still_be_booked_is_seen: CorrectsAtOnce, [NO_FALSE_NO], PERSON;
    a_conclusion_from_before_a_late_word_is_seen: ConcludesFromBefore, [NO_FALSE_YES], Rules { horizon: 7, ..PERSON };
}
