//! Renews a Plesk subscription, and charges for it. Needs `oxhost` with its feature `blocking`.
//! Exit status: 0 charged, 1 not charged, 2 it MAY have been charged.
use std::process::ExitCode;

use oxhost::Outcome;
use oxhost::blocking::Client;
use oxhost::types::PleskRenewalOrder;

fn main() -> ExitCode {
    place().unwrap_or_else(|error| {
        eprintln!("Nothing was sent: {error}.");
        ExitCode::from(1)
    })
}

fn place() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let client = Client::from_env()?; // With the key in OXHOST_API_KEY.
    let order = PleskRenewalOrder {
        new_plan_id: Some("plan234-5678-9012-3456-789012345678".parse()?),
        ..PleskRenewalOrder::new("sub123-4567-8901-2345-678901234567", 3)?
    };
    Ok(match client.renew_plesk_subscription(&order) {
        Ok(renewed) => {
            let receipt = renewed.receipt();
            let (amount, number) = (shown(receipt.amount), shown(receipt.order_number.as_ref()));
            println!("Charged {amount}: order {number}, runs until {}.", shown(receipt.expires_at));
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}"); // With what was heard, and what to do.
            ExitCode::from(if error.outcome() == Outcome::Unknown { 2 } else { 1 })
        }
    })
}

fn shown(field: Option<impl std::fmt::Display>) -> String {
    field.map_or("?".to_owned(), |value| value.to_string())
}
