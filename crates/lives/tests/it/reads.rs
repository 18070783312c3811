//! What the provider's reads show: late, in pages, in any shape, or not at all.

use std::time::Duration;

use crate::answer::Answer;
use crate::behaviour::{Behind, Sort};
use crate::plans::PLANS;
use crate::shape::{Around, Json, null, object, raw, rewrite, text};
use crate::world::{Booking, Kind, Surface, World};

fn query<'a>(path: &'a str, name: &str) -> Option<&'a str> {
    let (_, query) = path.split_once('?')?;
    query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
}

impl World {
    /// The answer to a read, and a word for it.
    pub fn read(&mut self, path: &str, now: Duration, key: &str) -> Answer {
        self.reads += 1;
        let place = path.split('?').next().unwrap_or_default();
        let value = match place {
            "/API/plesk/subscriptions/detail" => {
                self.detail(query(path, "id").unwrap_or_default(), now)
            }
            "/API/orders/list_order" => match query(path, "order_id") {
                Some(id) => self.one_order(id, now),
                None => {
                    let page = query(path, "page").and_then(|page| page.parse().ok()).unwrap_or(1);
                    self.page(page, query(path, "type_order"), now)
                }
            },
            "/API/info_user" => Ok(self.info(now)),
            _ => Err(404),
        };
        let fails = self.rng.u32(0..100) < self.behaviour.read_fails;
        match value {
            Ok(value) if !fails => {
                let value = self.salt_read(value);
                let distortion = self.behaviour.reads;
                let value = rewrite(&mut self.rng, value, distortion);
                self.plain(200, &value, Around::Nothing)
            }
            Ok(value) => self.failed_read(value, key),
            Err(status) => {
                let value =
                    object([("error", text("not found")), ("data", Json::List(Vec::new()))]);
                self.plain(status, &value, Around::Nothing)
            }
        }
    }

    fn plain(&mut self, status: u16, value: &Json, around: Around) -> Answer {
        let (body, type_) = around.bytes(&value.to_string());
        let label = format!("HTTP {status} {around:?} {value}");
        Answer { status, headers: type_.to_owned(), body, may_be_cut_unseen: false, label }
    }

    /// A read that fails, and may look as if it did not.
    fn failed_read(&mut self, value: Json, key: &str) -> Answer {
        let status = [500, 502, 503, 504, 403, 404, 429, 401, 302][self.rng.usize(0..9)];
        let no = |value: Json| value.without("success").with("success", raw("false"));
        let empty = Json::List(Vec::new());
        match self.rng.u8(0..14) {
            0 => self.plain(status, &value, Around::Nothing),
            1 => self.plain(200, &no(value), Around::Nothing),
            2 => {
                let value =
                    object([("success", raw("false")), ("message", text(format!("down {key}")))]);
                self.plain(200, &value, Around::Nothing)
            }
            3 => self.plain(
                200,
                &object([("success", raw("false")), ("data", empty.clone()), ("orders", empty)]),
                Around::Nothing,
            ),
            4 => self.plain(
                200,
                &object([("error", text("try again")), ("data", empty)]),
                Around::Nothing,
            ),
            5 => self.plain(200, &Json::Object(Vec::new()), Around::Nothing),
            6 => self.plain(
                status,
                &object([("success", raw("true")), ("data", empty.clone()), ("orders", empty)]),
                Around::Nothing,
            ),
            7 => {
                let body = format!("<h1>Bad Gateway</h1>{key}").into_bytes();
                let label = "HTML".to_owned();
                Answer { status, headers: String::new(), body, may_be_cut_unseen: false, label }
            }
            8 => {
                let all = Around::ALL;
                let around = all[self.rng.usize(1..all.len())];
                self.plain(200, &value, around)
            }
            9 => {
                let distortion = crate::shape::Distortion { odd: 90, lossy: true };
                let value = rewrite(&mut self.rng, value, distortion);
                self.plain(200, &value, Around::Nothing)
            }
            10 => self.plain(
                200,
                &object([("success", raw("true")), ("data", null())]),
                Around::Nothing,
            ),
            11 => self.plain(
                200,
                &object([("success", raw("true")), ("message", text("ok"))]),
                Around::Nothing,
            ),
            12 => self.plain(200, &value.with("error", text("replica is behind")), Around::Nothing),
            _ => {
                let body = Vec::new();
                Answer {
                    status: 200,
                    headers: String::new(),
                    body,
                    may_be_cut_unseen: false,
                    label: "empty".to_owned(),
                }
            }
        }
    }

    fn salt_read(&mut self, value: Json) -> Json {
        if self.rng.u8(0..8) > 0 {
            return value;
        }
        let canary = self.canary();
        value.with("api_token", text(canary))
    }

    fn status_of(&self, booking: &Booking, now: Duration) -> &'static str {
        let (first, until, then) = booking.status;
        if now < until { first } else { then }
    }

    fn created(&mut self, booking: &Booking) -> Json {
        match self.rng.u8(0..30) {
            0 if self.behaviour.reads.lossy => null(),
            1 if self.behaviour.reads.lossy => text("0000-00-00 00:00:00"),
            _ => text(World::civil_text(self.civil(booking.at))),
        }
    }

    fn detail(&mut self, id: &str, now: Duration) -> Result<Json, u16> {
        let target = self.target(id).filter(|target| target.kind == Kind::Plesk).ok_or(404_u16)?;
        let shown = self.shown(Surface::Expiry, now);
        let ends = World::civil_text(self.ends(&target, shown.iter()));
        let changes = shown.iter().filter(|it| it.charged && it.target == id);
        let plan = changes.filter_map(|it| it.plan).next_back().unwrap_or_default();
        let mut orders = Vec::new();
        let mut listed = self.shown(Surface::Orders, now);
        listed.retain(|it| it.target == id && self.behaviour.lists_renewals);
        listed.retain(|it| !it.crypto || it.paid_at.is_some() || self.behaviour.lists_crypto);
        if self.behaviour.sort == Sort::NewestFirst {
            listed.reverse();
        }
        listed.truncate(self.behaviour.most_listed);
        for booking in listed {
            orders.push(object([
                ("id", text(&booking.id)),
                ("order_number", text(&booking.number)),
                ("amount", text(World::money(booking.cents))),
                ("status", text(self.status_of(&booking, now))),
                ("created_at", self.created(&booking)),
            ]));
        }
        Ok(object([
            ("success", raw("true")),
            (
                "subscription",
                object([
                    ("id", text(id)),
                    ("domain_name", text("example.com")),
                    ("status", text("active")),
                    ("price", text(World::money(target.price))),
                    ("plan_name", text(PLANS[plan].1)),
                    ("client_id", text("client123-4567")),
                    ("client_name", text("John Doe")),
                    ("created_at", text("2025-03-01 10:00:00")),
                    ("expires_at", text(ends)),
                    ("auto_renew", raw("true")),
                    ("ftp_username", text("example_ftp")),
                ]),
            ),
            ("orders", Json::List(orders)),
        ]))
    }

    fn listed(&mut self, booking: &Booking, now: Duration) -> Json {
        let server = match self.behaviour.lists_null_server {
            true => null(),
            false => text(&booking.target),
        };
        let metadata = if self.rng.u8(0..6) == 0 {
            text(format!("password={}", self.canary()))
        } else {
            null()
        };
        object([
            ("id", text(&booking.id)),
            ("user_id", text(&self.user)),
            ("server_id", server),
            ("service_id", text("00000000-0000-0000-0000-000000000000")),
            ("order_number", text(&booking.number)),
            ("order_type", text(booking.type_name)),
            ("status", text(self.status_of(booking, now))),
            ("name_server", null()),
            ("plan_id", null()),
            ("rental_duration_hours", raw(booking.count)),
            ("amount", text(World::money(booking.cents))),
            ("currency", text("EUR")),
            ("metadata", metadata),
            ("description", text("SERVER")),
            ("created_at", self.created(booking)),
            ("updated_at", self.created(booking)),
            ("username", text("demo_user")),
        ])
    }

    fn is_listed(&self, booking: &Booking) -> bool {
        booking.kind == Kind::Server
            && (self.behaviour.lists_extensions || booking.type_name != self.behaviour.type_name)
    }

    fn one_order(&mut self, id: &str, now: Duration) -> Result<Json, u16> {
        let shown = self.shown(Surface::Orders, now);
        let found = shown.into_iter().find(|it| it.id == id && self.is_listed(it));
        let found = found.map(|booking| self.listed(&booking, now));
        Ok(object([("success", raw("true")), ("data", Json::List(found.into_iter().collect()))]))
    }

    fn page(&mut self, page: usize, of_type: Option<&str>, now: Duration) -> Result<Json, u16> {
        let mut listed = self.shown(Surface::Orders, now);
        listed.retain(|it| self.is_listed(it) && of_type.is_none_or(|of| it.type_name == of));
        match self.behaviour.sort {
            Sort::NewestFirst => listed.reverse(),
            Sort::OldestFirst => {}
            Sort::ById => listed.sort_by(|one, other| one.id.cmp(&other.id)),
        }
        listed.truncate(self.behaviour.most_listed);
        let size = self.behaviour.page_size;
        let last = listed.len().div_ceil(size).max(1);
        let page = if self.behaviour.page_is_ignored { 1 } else { page };
        let page = match self.behaviour.behind {
            _ if page <= last => page,
            Behind::LastAgain => last,
            Behind::Nothing => page,
            Behind::NotFound => return Err(404),
            Behind::Refusal => {
                return Ok(object([
                    ("success", raw("false")),
                    ("message", text("No orders found")),
                ]));
            }
            Behind::Null => return Ok(object([("success", raw("true")), ("data", null())])),
        };
        let items: Vec<Booking> = listed.into_iter().skip((page - 1) * size).take(size).collect();
        let items = items.iter().map(|booking| self.listed(booking, now)).collect();
        Ok(object([("success", raw("true")), ("data", Json::List(items))]))
    }

    fn info(&mut self, now: Duration) -> Json {
        let shown = self.shown(Surface::Balance, now);
        // What was bought at the other host is paid from there.
        let spent: i64 = shown
            .iter()
            .filter(|it| it.charged && it.kind == Kind::Server)
            .map(|it| it.cents)
            .sum();
        let balance = match self.behaviour.balance_is_null {
            true => null(),
            false => text(World::money(self.balance - spent)),
        };
        object([
            ("success", raw("true")),
            (
                "user",
                object([
                    ("id", text(&self.user)),
                    ("username", text("demo_user")),
                    ("email", text("demo@example.com")),
                    ("userTelegram", null()),
                    ("balance", balance),
                    ("createdAt", text("2025-05-27 18:27:42")),
                    ("isActive", raw(1)),
                    ("superuser", raw(1)),
                    ("email_verified", raw("false")),
                ]),
            ),
        ])
    }
}
