//! Canaries: what must never be shown, looked for in everything that is.

use oxhost_testkit::{ByteServer, http, json};
use std::io;
use std::sync::{Arc, Mutex};
use std::thread::{self, ThreadId};

use oxhost::Client;
use tracing_subscriber::fmt::MakeWriter;

use crate::documented::{extension, renewal};

const KEY: &str = "canary-key/1f3a9c";
const PASSWORD: &str = "canary-password-77";
const HIDDEN: &str = "canary-vnc-secret-12";
const CANARIES: [&str; 4] = [KEY, "canary-key\\/1f3a9c", PASSWORD, HIDDEN];

/// What is logged on the thread of the test, where its runtime runs, too.
#[derive(Clone)]
struct Log {
    thread: ThreadId,
    bytes: Arc<Mutex<Vec<u8>>>,
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Box<dyn io::Write>;

    fn make_writer(&'a self) -> Self::Writer {
        let mine = thread::current().id() == self.thread;
        if mine { Box::new(self.clone()) } else { Box::new(io::sink()) }
    }
}

fn assert_clean(shown: &str, what: &str) {
    for canary in CANARIES {
        assert!(!shown.contains(canary), "{what} shows {canary}: {shown}");
    }
}

fn reply(success: bool) -> String {
    format!(
        r#"{{"success": {success}, "order_id": {id}, "password": "{PASSWORD}", "type": "renew_server",
            "message": "key canary-key\/1f3a9c, login with {PASSWORD}",
            "server_status": {{"metadata": "password={PASSWORD}", "vnc_password": "{HIDDEN}", "name": "vm"}},
            "debug": {{"token": "{HIDDEN}", "header": "{KEY}"}}}}"#,
        id = if success { "\"o-1\"" } else { "null" },
    )
    .replace("\"server_status\"", if success { "\"server_status\"" } else { "\"details\"" })
}

#[test]
fn no_secret_is_shown_anywhere() {
    let log = Log { thread: thread::current().id(), bytes: Arc::default() };
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_writer(log.clone())
        .finish();
    // For the whole process: what other tests log must not decide whether this one's is seen.
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(show_everything());
    let log = String::from_utf8(log.bytes.lock().unwrap().clone()).unwrap();
    assert!(log.contains("extendServerHours"), "nothing was logged: {log}");
    assert!(log.contains("TRACE"), "the HTTP client's own log is not in it");
    assert_clean(&log, "the log");
}

async fn show_everything() {
    let wire = ByteServer::answering(http(
        "200 OK",
        &[&format!("set-cookie: s={HIDDEN}"), &format!("x-echo: {KEY}")],
        &reply(true),
    ));
    let client = Client::builder(KEY).base_url(wire.url()).build().unwrap();
    let shown = format!("{client:?} {:?}", client.generated());
    assert_eq!(shown.matches(wire.url()).count(), 4, "of no use: {shown}");
    assert_clean(&shown, "the client");
    assert_clean(&format!("{:?}", Client::builder(KEY)), "the builder");

    let accepted = client.extend_server_hours(&extension()).await.unwrap();
    assert_eq!(accepted.password.as_ref().unwrap().expose(), PASSWORD, "it is there for who asks");
    for shown in [format!("{accepted:?}"), format!("{:?}", accepted.reply())] {
        assert!(shown.contains("extendServerHours") && shown.contains("200"), "of no use: {shown}");
    }
    assert_clean(&format!("{accepted:?} {accepted:#?}"), "Accepted");
    assert_clean(&format!("{:?} {:?}", accepted.reply(), accepted.reply().headers()), "Reply");
    assert_clean(&accepted.reply().shown().unwrap().to_string(), "the reply as shown");
    assert_clean(&serde_json::to_string(accepted.receipt()).unwrap(), "a receipt");
    assert!(accepted.reply().text().contains(PASSWORD), "it is there for who asks");
    for warning in accepted.warnings() {
        assert_clean(&warning.to_string(), "a warning");
    }
    let view = &*accepted;
    assert!(view.message.as_deref().unwrap().contains("login"), "the rest of it stays");
    assert_clean(&format!("{view:?} {view:#?} {:?}", view.message.as_deref()), "a typed view");
    assert_clean(&serde_json::to_string(view).unwrap(), "a serialised view");
    let generated = client.generated().extend_server_hours(&extension()).await.unwrap();
    assert_clean(&format!("{generated:?} {generated:#?}"), "the generated client's reply");

    for status in ["200 OK", "402 Payment Required", "401 Unauthorized", "500 Oops", "302 Found"] {
        let wire = ByteServer::answering(http(status, &[&format!("x-echo: {KEY}")], &reply(false)));
        let client = Client::builder(KEY).base_url(wire.url()).build().unwrap();
        let error = client.extend_server_hours(&extension()).await.unwrap_err();
        assert_clean(&format!("{error} {error:?} {error:#?}"), status);
        assert!(
            error.failure().message().unwrap().contains("login with"),
            "the rest of the message stays: {error}"
        );
        let error = client.generated().extend_server_hours(&extension()).await.unwrap_err();
        assert_clean(&format!("{error} {error:?} {error:#}"), status);
    }
    for answer in [
        Vec::new(),
        json("200 OK", &format!("<b>{PASSWORD} {KEY}")),
        json("400 Bad", &format!("[\"{PASSWORD}\", \"{KEY}\"]")),
    ] {
        let wire = ByteServer::answering(answer);
        let client = Client::builder(KEY).base_url(wire.url()).build().unwrap();
        let error = client.renew_plesk_subscription(&renewal()).await.unwrap_err();
        assert_clean(&format!("{error} {error:?}"), "an error without JSON");
        let error = client.generated().renew_plesk_subscription(&renewal()).await.unwrap_err();
        assert_clean(&format!("{error} {error:?}"), "a generated error without JSON");
    }
}
