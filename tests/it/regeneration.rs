//! "Change the contract, build, and the client has changed": done, and watched on the wire.

use crate::checkout::{Checkout, words};
use crate::contract::key_header;
use crate::documented::SERVER;
use oxhost::contract::API_KEY_HEADER;
use oxhost_testkit::{ByteServer, json};

const NEW_OPERATION: &str = r"
  /API/plesk/subscriptions/{id}/notes:
    get:
      operationId: listNotes
      tags: [plesk]
      summary: The notes of a subscription
      description: All of them, the newest first.
      servers:
        - url: https://0xhost.com
      x-oxhost-effect: read
      parameters:
        - {name: id, in: path, required: true, description: Its id., schema: {type: string}}
        - {name: page, in: query, required: false, description: From 1., schema: {type: integer, format: int32, minimum: 1}}
      responses:
        '200':
          description: The notes.
          content:
            application/json:
              schema:
                $ref: '#/components/schemas/NoteList'
              example: {notes: [{text: first}]}
        4XX:
          $ref: '#/components/responses/Problem'
        5XX:
          $ref: '#/components/responses/Problem'
components:
";

const NEW_SCHEMAS: &str = r"    NoteList:
      type: object
      description: Notes.
      additionalProperties: {}
      properties:
        notes:
          type: array
          nullable: true
          description: The notes.
          example: []
          items: {$ref: '#/components/schemas/Note'}
    Note:
      type: object
      description: A note.
      additionalProperties: {}
      properties:
        text:
          type: string
          nullable: true
          description: Its text.
          example: first
    Problem:
";

const MANIFEST: &str = r#"
[package]
name = "program"
edition = "2024"

[dependencies]
oxhost = { path = "../.." }
tokio = { version = "1", features = ["rt", "net", "time"] }
"#;

/// Uses all that changed, with no line of Rust changed in the library.
const PROGRAM: &str = r#"
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let [plesk, servers] = [std::env::args().nth(1).unwrap(), std::env::args().nth(2).unwrap()];
    let client = oxhost::Client::builder("test-key")
        .host_url("0xhost.com", plesk)
        .host_url("servers.example", servers)
        .build()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let notes = client.generated().list_notes("a b", Some(2.try_into()?)).await?;
        assert_eq!(notes.notes.as_ref().unwrap().len(), 2, "what is no note is left out");
        let order = oxhost::types::ServerExtensionOrder {
            coupon: Some("SPRING".parse()?),
            ..oxhost::types::ServerExtensionOrder::new("u", "s", 1)?
        };
        client.extend_server_hours(&order).await?;
        Ok(())
    })
}
"#;

#[test]
fn a_changed_contract_is_a_changed_client() {
    let checkout = Checkout::new();
    let edit = |from: &str, to: &str| checkout.edit("openapi.yaml", from, to);
    edit("\ncomponents:\n", NEW_OPERATION);
    edit("    Problem:\n      type: object\n", &format!("{NEW_SCHEMAS}      type: object\n"));
    edit(&format!("- {}: []", key_header()), "- X-Other-Key: []");
    edit(&format!("    {}:\n", key_header()), "    X-Other-Key:\n");
    edit(&format!("name: {}", key_header()), "name: X-Other-Key");
    edit("https://0xhost.net", "https://servers.example");
    edit(
        "        hours:\n",
        "        coupon:\n          $ref: '#/components/schemas/PleskPlanId'\n        hours:\n",
    );
    checkout.write("crates/program/Cargo.toml", MANIFEST);
    checkout.write("crates/program/src/main.rs", PROGRAM);

    let plesk =
        ByteServer::answering(json("200 OK", r#"{"notes": [{"text": "a"}, 7, {"text": 5}]}"#));
    let servers = ByteServer::answering(json("200 OK", SERVER));
    let ran = checkout.cargo("run", &["--package", "program", "--", plesk.url(), servers.url()]);
    assert!(ran.status.success(), "{}", words(&ran));

    let [notes] = &plesk.requests()[..] else { panic!("{:?}", plesk.requests()) };
    assert_eq!(notes.line(), "GET /API/plesk/subscriptions/a%20b/notes?page=2 HTTP/1.1");
    let [extension] = &servers.requests()[..] else { panic!("{:?}", servers.requests()) };
    assert_eq!(extension.json()["coupon"], "SPRING");
    for request in [notes, extension] {
        assert_eq!(request.header("x-other-key"), ["test-key"]);
        assert_eq!(request.header(API_KEY_HEADER), [""; 0]);
    }
}

#[test]
fn a_seam_that_does_not_hold_stops_the_build() {
    let checkout = Checkout::new();
    for (what, file, from, to, says) in [
        (
            "a misspelt replacement",
            "build/generate/mod.rs",
            "\"Money\",",
            "\"Mony\",",
            "schema `Mony` is missing",
        ),
        (
            "a replacement that no field uses",
            "openapi.yaml",
            "#/components/schemas/CivilDateTime",
            "#/components/schemas/Untyped",
            "the replacement of `CivilDateTime` did not take",
        ),
        (
            "no hook",
            "src/hooks.rs",
            "impl ClientHooks<Hooks> for generated::Client {",
            "impl generated::Client {",
            "`generated::Client` does not implement `ClientHooks<Hooks>`",
        ),
        (
            "an operation that lost its name",
            "openapi.yaml",
            "operationId: renewPleskSubscription",
            "operationId: renewSubscription",
            "no method named `renew_plesk_subscription`",
        ),
        (
            "a request field of another type",
            "openapi.yaml",
            "          $ref: '#/components/schemas/SubscriptionId'",
            "          $ref: '#/components/schemas/ServerId'",
            "mismatched types",
        ),
    ] {
        let whole = checkout.read(file);
        checkout.edit(file, from, to);
        let built = checkout.cargo("build", &["--package", "oxhost"]);
        assert!(!built.status.success(), "{what}: it was built");
        // The compiler sets some of its words on several lines.
        let said = words(&built);
        assert!(said.contains(says), "{what}: no `{says}` in\n{said}");
        checkout.write(file, &whole);
    }
}
