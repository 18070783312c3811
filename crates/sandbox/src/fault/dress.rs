//! Faults that are in what a reply says, and not in how it comes.

use std::io::Write;

use flate2::{Compression, write::GzEncoder};
use serde_json::json;

use super::{Kind, Page, To};
use crate::exchange::{Received, Reply};

/// Where redirects lead, without a slash at the end.
#[derive(Clone, Debug)]
pub(crate) struct Places {
    pub(crate) same: String,
    pub(crate) other: String,
    pub(crate) plain: String,
    pub(crate) dead: String,
}

const WARNING: &str = "<br />\n<b>Warning</b>:  Undefined array key \"plan\" in \
    <b>/var/www/html/API/orders/index.php</b> on line <b>42</b><br />\n";

/// The reply that the fault makes of a good one; the same, if the fault is not in the reply.
pub(crate) fn dress(mut reply: Reply, kind: &Kind, request: &Received, places: &Places) -> Reply {
    match *kind {
        Kind::Empty => reply.body.clear(),
        Kind::Html => return page(200, "Welcome"),
        Kind::Warning => reply.body.splice(..0, WARNING.bytes()).for_each(drop),
        Kind::Failure => return failure(200),
        Kind::Status { status, page: kind, retry_after } => {
            let mut reply = match kind {
                Page::Json => failure(status),
                Page::Html => page(status, "nginx"),
                Page::Empty => Reply { status, headers: Vec::new(), body: Vec::new() },
            };
            if matches!(status, 204 | 205 | 304) {
                reply.body.clear();
            }
            reply.headers.extend(retry_after.map(|s| ("retry-after", s.to_string())));
            return reply;
        }
        Kind::Redirect { status, to } => {
            let place = match to {
                To::Same => &places.same,
                To::Other => &places.other,
                To::Plain => &places.plain,
                To::Dead => &places.dead,
            };
            let mut location = format!("{place}{}", request.path);
            if let Some(query) = &request.query {
                location.extend(["?", query]);
            }
            let mut reply = page(status, "nginx");
            reply.headers.push(("location", location));
            return reply;
        }
        Kind::View(ref view) => {
            if let Some(status) = view.status() {
                return failure(status);
            }
        }
        Kind::Gzip => {
            let mut zip = GzEncoder::new(Vec::new(), Compression::default());
            // Writing into memory does not fail.
            let zipped = zip.write_all(&reply.body).and_then(|()| zip.finish());
            reply.body = zipped.unwrap_or_default();
            reply.headers.push(("content-encoding", "gzip".into()));
        }
        Kind::HugeHead { bytes } => {
            let padding = |length: u32| ("x-padding", "a".repeat(length as usize));
            reply.headers.extend((0..bytes / LINE).map(|_| padding(LINE)));
            reply.headers.push(padding(bytes % LINE));
        }
        _ => {}
    }
    reply
}

/// Length of one header of a huge head: a line that clients take on its own.
const LINE: u32 = 8000;

fn failure(status: u16) -> Reply {
    let body = json!({"success": false, "message": "Something went wrong."});
    Reply::json(status, body.to_string().into_bytes())
}

fn page(status: u16, words: &str) -> Reply {
    Reply::html(
        status,
        format!("<html>\n<head><title>{status}</title></head>\n<body>{words}</body>\n</html>\n"),
    )
}
