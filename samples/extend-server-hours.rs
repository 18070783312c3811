//! Extends a server by hours, and charges for them. Needs `oxhost` with its feature `blocking`.
//! Exit status: 0 charged, 1 not charged, 2 it MAY have been charged.
use std::process::ExitCode;

use oxhost::Outcome;
use oxhost::blocking::Client;
use oxhost::types::ServerExtensionOrder;

fn main() -> ExitCode {
    place().unwrap_or_else(|error| {
        eprintln!("Nothing was sent: {error}.");
        ExitCode::from(1)
    })
}

fn place() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let client = Client::from_env()?; // With the key in OXHOST_API_KEY.
    let (user, server) =
        ("user12345-6789-0123-4567-890123456789", "server12345-6789-0123-4567-890123456789");
    let order = ServerExtensionOrder::new(user, server, 1)?;
    Ok(match client.extend_server_hours(&order) {
        Ok(extended) => {
            for warning in extended.warnings() {
                eprintln!("{warning}"); // Such as that something else was bought.
            }
            let receipt = extended.receipt();
            let (amount, id) = (shown(receipt.amount), shown(receipt.order_id.as_ref()));
            println!("Charged {amount}: order {id}, runs until {}.", shown(receipt.expires_at));
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
