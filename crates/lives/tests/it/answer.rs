//! What the provider answers to an order, booked or not.

use crate::shape::{Around, Json, null, object, raw, rewrite, text};
use crate::world::{Booking, Kind, World};
use oxhost::contract::API_KEY_HEADER;

/// An answer before it is delivered.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: String,
    pub body: Vec<u8>,
    /// Whether a part of it says something else than the whole.
    pub may_be_cut_unseen: bool,
    pub label: String,
}

/// The contract's refusals, with a JSON object and with anything else.
const JSON_REFUSALS: [u16; 10] = [400, 401, 402, 403, 404, 405, 413, 415, 422, 429];
const OTHER_REFUSALS: [u16; 6] = [401, 403, 404, 405, 413, 429];

const STATUSES: [u16; 34] = [
    200, 200, 200, 200, 200, 201, 202, 203, 206, 300, 301, 302, 307, 308, 400, 401, 402, 403, 404,
    405, 408, 409, 410, 413, 415, 422, 425, 429, 500, 500, 502, 503, 504, 520,
];

const FAILED: [&str; 6] = ["failed", "Cancelled", "canceled", "refunded", "EXPIRED", "rejected"];

/// Fields that come with an order alone.
fn evidence(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Plesk => &["order", "subscription", "balance_after"],
        Kind::Server => &[
            "amount",
            "balance_before",
            "type",
            "plan_id",
            "password",
            "hours_purchased",
            "upgrade_difference",
            "order_id",
            "server_status",
        ],
    }
}

/// What a value says of an order, to someone who has read the documentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Says {
    Yes,
    No,
    Neither,
}

pub fn says(kind: Kind, status: u16, value: &Json) -> Says {
    let (mut yes, mut no, mut odd) = (false, false, false);
    let (mut error, mut order, mut failed) = (false, false, false);
    value.visit(&mut |name, member| match name {
        "success" => match member.bare() {
            "true" | "1" => yes = true,
            "false" | "0" => no = true,
            "null" => {}
            _ => odd = true,
        },
        "error" => error |= member.says_something(),
        "status" => failed |= FAILED.iter().any(|known| known.eq_ignore_ascii_case(member.bare())),
        name => order |= evidence(kind).contains(&name) && member.says_something(),
    });
    let ok = (200..300).contains(&status);
    let refuses = JSON_REFUSALS.contains(&status);
    if !order && !yes && !odd && (no || error || refuses) && (ok || refuses) {
        Says::No
    } else if ok && !no && !failed && (yes || order) && (!error || (yes && order)) {
        Says::Yes
    } else {
        Says::Neither
    }
}

/// The documented success.
fn success(world: &mut World, booking: &Booking) -> Json {
    let target = world.target(&booking.target).unwrap();
    let before = world.bookings.clone();
    let ends = world.ends(&target, before.iter().filter(|it| it.id != booking.id).chain([booking]));
    let ends = World::civil_text(ends);
    let (status, added) = match booking.crypto {
        true => (booking.status.0, if world.rng.bool() { 0 } else { booking.count }),
        false => ("completed", booking.count),
    };
    match booking.kind {
        Kind::Plesk => object([
            ("success", raw("true")),
            ("message", text("Subscription renewed successfully")),
            (
                "order",
                object([
                    ("id", text(&booking.id)),
                    ("order_number", text(&booking.number)),
                    ("status", text(status)),
                    ("amount", text(World::money(booking.cents))),
                    ("currency", text("EUR")),
                ]),
            ),
            (
                "subscription",
                object([
                    ("id", text(&booking.target)),
                    ("domain_name", text("example.com")),
                    ("new_expires_at", text(ends)),
                    ("months_added", raw(added)),
                ]),
            ),
            ("balance_after", text(World::money(world.balance - booking.cents))),
        ]),
        Kind::Server => {
            let secret = world.canary();
            object([
                ("success", raw("true")),
                ("amount", raw(World::money(booking.cents))),
                ("balance_before", text(World::money(world.balance))),
                ("type", text("renew_server")),
                ("plan_id", raw(5)),
                ("password", if world.rng.bool() { null() } else { text(world.canary()) }),
                ("hours_purchased", text(booking.count.to_string())),
                ("upgrade_difference", raw(0)),
                ("order_id", text(&booking.id)),
                (
                    "server_status",
                    object([
                        ("id", text("a6bbde9c-c6df-11f0-8cdf-525400792197")),
                        ("id_solusvm", raw(482)),
                        ("cpu_cores", raw(2)),
                        ("cpu", null()),
                        ("name", text("vm-demo-server")),
                        ("auto_renew", raw(1)),
                        ("status", text("active")),
                        ("rental_duration_hours", raw(booking.count)),
                        ("expire_date", text(ends)),
                        ("metadata", text(format!("password={secret}"))),
                        ("user_id", text(&world.user)),
                        ("username", text("root")),
                        ("userIsActive", raw(1)),
                        ("plan_price", text(World::money(target.price))),
                    ]),
                ),
            ])
        }
    }
}

const WORDS: [&str; 5] = [
    "Insufficient balance",
    "Subscription not found",
    "Internal error, please try again",
    "Too many requests",
    "Invalid API key",
];

fn html(words: &str) -> String {
    format!("<html><head><title>{words}</title></head><body><h1>{words}</h1></body></html>")
}

impl World {
    fn words(&mut self, key: &str) -> String {
        let words = WORDS[self.rng.usize(0..WORDS.len())];
        match self.rng.u8(0..6) {
            0 => format!("{words} ({key})"),
            1 => format!("{}{key}: {words}", "x".repeat(self.rng.usize(250..300))),
            _ => words.to_owned(),
        }
    }

    fn refusal(&mut self, key: &str) -> Json {
        let words = self.words(key);
        match self.rng.u8(0..6) {
            0 | 1 => object([("success", raw("false")), ("message", text(words))]),
            2 => object([("error", text(words)), ("data", Json::Object(Vec::new()))]),
            3 => object([("success", raw("false")), ("error", text(words)), ("data", null())]),
            4 => object([
                ("success", raw("false")),
                ("error", object([("code", raw(17)), ("message", text(words))])),
            ]),
            _ => object([("message", text(words))]),
        }
    }

    /// Secrets where nobody has listed them.
    fn salt(&mut self, value: Json, key: &str) -> Json {
        let mut value = value;
        for _ in 0..self.rng.u8(0..4) {
            let canary = self.canary();
            value = match self.rng.u8(0..10) {
                0 => value.with("root_pass", text(canary)),
                1 => value.with("Password", text(canary)),
                2 => value.with("session", object([("cookie", text(canary))])),
                3 => value.with("debug", Json::List(vec![text(canary)])),
                4 => value.with("cpu", object([("vnc_pass", text(canary))])),
                5 => value.with("message", object([("kennwort", text(canary))])),
                6 => value.with("headers", object([(API_KEY_HEADER, text(key))])),
                7 => value.with("trace", Json::Raw(crate::shape::escaped(key))),
                8 => value.with("METADATA", text(format!("password={canary}"))),
                _ => value.with("message", Json::Raw(crate::shape::escaped(&format!("no: {key}")))),
            };
        }
        value
    }

    /// A value that may come with this status, whether or not anything was booked.
    fn draw_value(&mut self, booking: &Booking, key: &str) -> Json {
        let full = success(self, booking);
        let refusal = self.refusal(key);
        let part = |full: &Json, rng: &mut fastrand::Rng| match full {
            Json::Object(members) => {
                let known =
                    members.iter().filter(|(name, _)| name != "success" && name != "message");
                let known: Vec<_> = known.collect();
                known[rng.usize(0..known.len())].clone()
            }
            _ => ("order".to_owned(), null()),
        };
        let odd = [
            text("TRUE"),
            text("yes"),
            raw("1.0"),
            raw("2"),
            text(""),
            text("False"),
            text("no"),
            raw("-1"),
            null(),
            Json::List(Vec::new()),
            Json::Object(Vec::new()),
            text("ok"),
        ];
        match self.rng.u8(0..20) {
            0..=2 => full,
            3 => full.without("success"),
            4 => object([("success", raw("true")), ("message", text("ok"))]),
            5..=7 => refusal,
            8 => full.with("success", raw("false")),
            9 => object([("success", raw("false"))]).with("data", full.without("success")),
            10 => {
                let (name, value) = part(&full, &mut self.rng);
                refusal.with(&name, value)
            }
            11 => {
                let (name, value) = part(&full, &mut self.rng);
                let name = if self.rng.bool() { name.to_uppercase() } else { name };
                let inner = Json::List(vec![Json::Object(vec![(name, value)])]);
                refusal.without("data").with("data", object([("data", inner)]))
            }
            12 => {
                let failed = text(FAILED[self.rng.usize(0..FAILED.len())]);
                match full {
                    Json::Object(mut members) if booking.kind == Kind::Plesk => {
                        for (name, value) in &mut members {
                            if name == "order" {
                                *value =
                                    value.clone().without("status").with("status", failed.clone());
                            }
                        }
                        Json::Object(members)
                    }
                    full => full.with("status", failed),
                }
            }
            13 => full.with("error", text("Insufficient balance")),
            14 => object([("success", raw("true")), ("error", text("Insufficient balance"))]),
            15 => object([("success", odd[self.rng.usize(0..odd.len())].clone())]),
            16 => refusal
                .without("success")
                .with("success", odd[self.rng.usize(0..odd.len())].clone()),
            17 => object([("success", raw("true")), ("data", refusal)]),
            18 => object([("success", raw("false")), ("data", object([("success", raw("true"))]))]),
            _ => full.without("success").with("error", text("Insufficient balance")),
        }
    }

    /// An answer that this provider may give: never a whole and well-formed refusal of what it booked,
    /// nor a success of what it did not.
    pub fn answer(&mut self, booking: &Booking, books: bool, key: &str) -> Option<Answer> {
        let kind = booking.kind;
        if self.rng.u32(0..100) < self.behaviour.documented {
            let (status, value) = if books {
                (200, success(self, booking))
            } else {
                let status = [200, 400, 401, 402, 403, 404, 422, 429][self.rng.usize(0..8)];
                (status, self.refusal(key))
            };
            let value = self.salt(value, key);
            let distortion = crate::shape::Distortion { lossy: false, ..self.behaviour.orders };
            let value = rewrite(&mut self.rng, value, distortion);
            let wrong = if books { Says::No } else { Says::Yes };
            if says(kind, status, &value) != wrong {
                return Some(self.written(status, &value, Around::Nothing));
            }
        }
        for _ in 0..30 {
            let status = STATUSES[self.rng.usize(0..STATUSES.len())];
            if self.rng.u8(0..6) == 0 {
                // No JSON object at all.
                let hints = self.rng.u8(0..3) == 0;
                let body = match self.rng.u8(0..8) {
                    0..=2 if hints => html(&format!(
                        "order_id: {}, server_status: active, order_number: 1, new_expires_at: 2",
                        booking.id
                    )),
                    0..=2 => html(&self.words(key)),
                    3 => String::new(),
                    4 => "null".to_owned(),
                    5 => "\"ok\"".to_owned(),
                    6 => "[]".to_owned(),
                    _ => self.canary(),
                };
                if books && OTHER_REFUSALS.contains(&status) && !body.contains("order_id") {
                    continue;
                }
                let label = format!("HTTP {status} {body}");
                let headers = self.headers(status, "content-type: text/html\r\n", key);
                let body = body.into_bytes();
                return Some(Answer { status, headers, body, may_be_cut_unseen: false, label });
            }
            let value = self.draw_value(booking, key);
            let value = self.salt(value, key);
            let distortion = self.behaviour.orders;
            let value = rewrite(&mut self.rng, value, distortion);
            let all = Around::ALL;
            let around = if self.rng.u8(0..3) == 0 {
                all[self.rng.usize(0..all.len())]
            } else {
                Around::Nothing
            };
            match says(kind, status, &value) {
                // Whatever stands around it: it would be a lie.
                Says::Yes if !books => {}
                Says::No if books && matches!(around, Around::Nothing | Around::Mark) => {}
                _ => return Some(self.written(status, &value, around)),
            }
        }
        None
    }

    fn written(&mut self, status: u16, value: &Json, around: Around) -> Answer {
        let (body, type_) = around.bytes(&value.to_string());
        let key = self.keys.last().cloned().unwrap_or_default();
        let headers = self.headers(status, type_, &key);
        let label = format!("HTTP {status} {around:?} {value}");
        Answer { status, headers, body, may_be_cut_unseen: around == Around::Nothing, label }
    }

    fn headers(&mut self, status: u16, type_: &str, key: &str) -> String {
        let mut headers = type_.to_owned();
        if self.rng.u8(0..8) == 0 {
            let canary = self.canary();
            headers.push_str(&format!("set-cookie: PHPSESSID={canary}; path=/\r\n"));
        }
        if (300..400).contains(&status) {
            let path =
                ["/API/orders/create_order", "/API/orders/create_order_scale_plesk", "/login"];
            let path = path[self.rng.usize(0..3)];
            headers.push_str(&format!("location: {path}?key={key}\r\n"));
        }
        if matches!(status, 429 | 503) && self.rng.bool() {
            headers.push_str("retry-after: 1\r\n");
        }
        headers
    }
}
