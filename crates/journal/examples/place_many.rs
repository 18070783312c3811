//! Extends servers `s-0`, `s-1`, … by an hour each, once each, however many of it run at a time.
//!
//! Usage: `place_many JOURNAL_URL PROVIDER_URL COUNT`. Prints how many orders it sent itself.

use std::io::Write;

use oxhost::Client;
use oxhost::types::ServerExtensionOrder;
use oxhost_journal::{Journal, Placed};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().collect();
    let [_, journal, provider, count] = &args[..] else {
        return Err("usage: place_many JOURNAL_URL PROVIDER_URL COUNT".into());
    };
    let journal = Journal::open(journal, "many").await?;
    let client = Client::builder("test-key").base_url(provider).build()?;
    let mut sent = 0;
    for number in 0..count.parse()? {
        let order = ServerExtensionOrder::new("user", format!("s-{number}"), 1)?;
        let placed = journal.place(&client, &order, Some(&format!("run-1/{number}"))).await?;
        sent += u32::from(matches!(placed, Placed::Sent(..)));
    }
    writeln!(std::io::stdout(), "{sent}")?;
    Ok(())
}
