use std::collections::BTreeMap;

use super::worlds::{Whose, World};
use super::{Verdict, judge};

/// Finds out as the journal does: reads until the order shows, or the window ends.
fn find_out(world: &World) -> Verdict {
    let mut verdict = None;
    for count in 1..=world.looks.len() {
        let settled = count == world.looks.len();
        let said =
            judge(&world.order, Some(&world.before), &world.looks[..count], &world.known, settled);
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
            let booked = world.booked.iter().find(|booked| booked.id == order.id);
            let booked = booked.ok_or("confirmed with an order that there is not")?;
            match booked.whose {
                Whose::Ours => Ok("booked: confirmed"),
                Whose::Known => Err("confirmed with another order of ours".to_owned()),
                Whose::Others if world.scales && !world.ends_fresh => {
                    Ok("a change of plan: the reading that ends the window contradicts itself")
                }
                Whose::Others if !world.is_like_ours(booked) => {
                    Err("confirmed with someone else's order of something else".to_owned())
                }
                Whose::Others if is_booked => {
                    Ok("booked: confirmed by the number of someone else's same order")
                }
                Whose::Others => Ok("not booked: someone else's same order taken for ours"),
            }
        }
        (Verdict::NotOrdered, false) => Ok("not booked: not ordered"),
        (Verdict::NotOrdered, true) if !world.ends_fresh => {
            Ok("booked: shown to nobody before the window ended")
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
    let (worlds, seed) = (number("OXHOST_WORLDS", 20_000), number("OXHOST_WORLDS_SEED", 684_127));
    let (mut counts, mut quiet): (BTreeMap<&str, u64>, u64) = (BTreeMap::new(), 0);
    for seed in (seed..).take(usize::try_from(worlds).unwrap()) {
        let world = World::of(seed);
        let verdict = find_out(&world);
        let worth = worth(&world, &verdict).unwrap_or_else(|why| {
            panic!("OXHOST_WORLDS_SEED={seed}: {why}: {verdict:?}\n{world:?}")
        });
        *counts.entry(worth).or_default() += 1;
        // An order that is there must be found as soon as it shows; one that is not, as soon as that
        // shows often enough and nothing else ever did.
        let shows = match world.is_booked() {
            true => world.fresh > 0,
            false => world.fresh >= 3 && world.late == 0 && !world.is_in_crypto(),
        };
        if world.quiet && world.ends_fresh && shows {
            quiet += 1;
            let found = ["booked: confirmed", "not booked: not ordered"].contains(&worth);
            assert!(found, "OXHOST_WORLDS_SEED={seed}: {verdict:?}\n{world:?}");
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
