use std::collections::BTreeMap;

use super::worlds::{Whose, World};
use crate::verdict::{Verdict, judge};

/// Finds out as the journal does: looks until the order shows, or the window ends.
fn find_out(world: &World) -> Verdict {
    let (case, mut verdict) = (world.case(), None);
    for count in 1..=world.observations.len() {
        let said = judge(&case, &world.observations[..count]);
        let ends = matches!(said, Verdict::Confirmed { .. });
        verdict = Some(said);
        if ends {
            break;
        }
    }
    verdict.unwrap()
}

/// What a verdict is worth, where it is not wrong.
fn worth(world: &World, verdict: &Verdict) -> Result<&'static str, String> {
    match (verdict, world.is_booked()) {
        (Verdict::Confirmed { order }, is_booked) => {
            let is_it = |id: &str| order.id.as_ref().is_some_and(|shown| shown.is(id));
            let booked = world.booked.iter().find(|booked| is_it(&booked.id));
            let booked = booked.ok_or("confirmed with an order that there is not")?;
            match booked.whose {
                Whose::Ours => Ok("booked: confirmed"),
                Whose::Known => Err("confirmed with another order of ours".to_owned()),
                Whose::Others if world.scales && !world.is_like_ours(booked) => {
                    Ok("a change of plan by someone else, of which a part shows at the end")
                }
                Whose::Others if !world.is_like_ours(booked) => {
                    Err("confirmed with someone else's order of something else".to_owned())
                }
                Whose::Others if booked.at < -86_400 => {
                    Err("confirmed with an order that is older than a day".to_owned())
                }
                Whose::Others if is_booked => {
                    Ok("booked: confirmed by the number of someone else's same order")
                }
                Whose::Others => Ok("not booked: someone else's same order taken for ours"),
            }
        }
        (Verdict::NotOrdered, false) => Ok("not booked: not ordered"),
        (Verdict::NotOrdered, true) if !world.in_time => {
            Ok("booked: not ordered, by a provider that is slower than is assumed")
        }
        (Verdict::NotOrdered, true) if world.hidden && world.balance_moved => {
            Ok("booked: listed nowhere, and someone made up for it in the balance")
        }
        (Verdict::NotOrdered, true) => Err("not ordered, and it was".to_owned()),
        (Verdict::Undecided { .. }, true) => Ok("booked: undecided"),
        (Verdict::Undecided { .. }, false) => Ok("not booked: undecided"),
    }
}

/// `OXHOST_WORLDS` says how many, `OXHOST_WORLDS_SEED` repeats a run.
#[test]
#[expect(clippy::print_stdout, reason = "the figures, for whoever asks with --nocapture")]
fn in_no_world_is_a_verdict_wrong_and_in_a_quiet_one_there_always_is_one() {
    let number = |name: &str, default: u64| {
        std::env::var(name).map_or(default, |text| text.parse().unwrap())
    };
    let (worlds, seed) = (number("OXHOST_WORLDS", 5_000), number("OXHOST_WORLDS_SEED", 684_127));
    let (mut counts, mut quiet): (BTreeMap<&str, u64>, u64) = (BTreeMap::new(), 0);
    for seed in (seed..).take(usize::try_from(worlds).unwrap()) {
        let world = World::of(seed);
        let verdict = find_out(&world);
        let worth = worth(&world, &verdict).unwrap_or_else(|why| {
            panic!("OXHOST_WORLDS_SEED={seed}: {why}: {verdict:?}\n{world:#?}")
        });
        *counts.entry(worth).or_default() += 1;
        // An order that shows must be found, and one that is not there must be missed.
        let decides = match world.is_booked() {
            true => world.shows && !world.hidden,
            false => !world.is_in_crypto(),
        };
        if world.quiet && decides {
            quiet += 1;
            let found = ["booked: confirmed", "not booked: not ordered"].contains(&worth);
            assert!(found, "OXHOST_WORLDS_SEED={seed}: {verdict:?}\n{world:#?}");
        }
    }
    println!("{worlds} worlds from seed {seed}, {quiet} of them quiet and all of these found out:");
    for (worth, count) in &counts {
        println!("{count:>9}  {worth}");
    }
    for worth in ["booked: confirmed", "not booked: not ordered", "booked: undecided"] {
        assert!(counts.contains_key(worth), "the worlds are not as they should be: {counts:?}");
    }
}
