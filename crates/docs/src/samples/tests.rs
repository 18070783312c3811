use oxhost::contract::Effect;

use super::*;

#[test]
fn every_charge_has_samples_and_every_sample_is_of_one() {
    let charges = OPERATIONS.iter().filter(|it| it.effect == Effect::Charge);
    let mut charges: Vec<_> = charges.map(|it| file_of(it.function)).collect();
    charges.sort();
    assert_eq!(SAMPLES.iter().map(|(file, _)| *file).collect::<Vec<_>>(), charges);
}

#[test]
fn a_sample_sends_the_key_in_the_header_of_the_contract() {
    for (_, samples) in SAMPLES {
        // The library knows its header.
        for sample in samples.iter().filter(|it| it.language != "Rust") {
            let text = renamed(sample.source, "x-other-key").to_lowercase();
            assert_eq!(text.matches("x-other-key").count(), 1, "{}", sample.label);
            assert!(!text.contains("x-api-key"), "{}", sample.label);
        }
    }
}
