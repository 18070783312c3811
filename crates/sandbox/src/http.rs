//! The listener: HTTP/1.1 in front of the provider.

use std::{convert::Infallible, fmt, net, sync::Arc, time::Duration};

use http_body_util::{BodyExt, Full};
use hyper::{
    HeaderMap, Request, Response, StatusCode,
    body::{Bytes, Incoming},
    header::{CONNECTION, HeaderName, HeaderValue},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::{
    net::{TcpListener, TcpStream},
    time::sleep,
};

use crate::{
    exchange::{BODY_LIMIT, HEAD_LIMIT, Received, Reply},
    fault::{Kind, Places, dress},
};

mod door;
mod ending;
mod gate;
mod line;
mod shutter;

pub(crate) use door::Door;
use ending::Ending;
use gate::{Gate, Link};
pub(crate) use line::Line;
pub(crate) use shutter::{Closing, Dead, closable};

/// A longer body is read to its end, so that its sender gets to see the refusal; but not for ever.
const PATIENCE: usize = 16 * 1024 * 1024;

/// Takes a listener into the running runtime.
pub(crate) fn listen(listener: net::TcpListener) -> std::io::Result<TcpListener> {
    listener.set_nonblocking(true)?;
    TcpListener::from_std(listener)
}

/// Serves connections until the runtime ends.
pub(crate) async fn serve(listener: TcpListener, door: Door, places: Arc<Places>) -> Infallible {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                drop(tokio::spawn(converse(stream, door.clone(), Arc::clone(&places))));
            }
            // Out of file handles, most likely: wait for some to come back.
            Err(_) => sleep(Duration::from_millis(20)).await,
        }
    }
}

async fn converse(stream: TcpStream, door: Door, places: Arc<Places>) {
    let kind = door.connection();
    if let Some(kind) = kind.clone().filter(Ending::of) {
        drop(Ending { kind, reply: None }.play(Line::Plain(stream)).await);
        return;
    }
    // Who does not like the certificate is gone.
    let Ok(stream) = door.greet(stream, kind.as_ref()).await else { return };
    let link = Link::default();
    let gate = Gate::new(stream, door.clone(), link.clone());
    let service = service_fn(|request| answer(request, &door, &link, &places));
    // A client that closes its half after the request still wants the reply. A connection that
    // fails concerns nobody but the client.
    let mut builder = http1::Builder::new();
    builder.half_close(true).max_buf_size(HEAD_LIMIT);
    let mut connection = builder.serve_connection(TokioIo::new(gate), service);
    drop((&mut connection).await);
    let stream = connection.into_parts().io.into_inner().into_stream();
    if let Some(ending) = link.ending() {
        drop(ending.play(stream).await);
    }
}

async fn answer(
    request: Request<Incoming>,
    door: &Door,
    link: &Link,
    places: &Places,
) -> Result<Response<Full<Bytes>>, Abandoned> {
    let (request, all_read) = receive(request).await.map_err(|_| Abandoned)?;
    if !link.read(door) {
        return Err(Abandoned);
    }
    let (mut reply, kind) = door.answer(&request);
    if let Some(kind) = kind {
        if Ending::of(&kind) {
            link.end(Ending { kind, reply: Some(reply) });
            return Err(Abandoned);
        }
        reply = dress(reply, &kind, &request, places);
        if let Kind::Late { millis } = kind {
            sleep(Duration::from_millis(millis.into())).await;
        }
    }
    let mut response = response(reply);
    if !all_read {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    Ok(response)
}

/// There is no answer: the request did not come as a whole, or the connection is to end otherwise.
#[derive(Debug)]
struct Abandoned;

impl fmt::Display for Abandoned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the request is not answered")
    }
}

impl std::error::Error for Abandoned {}

/// Reads a request, and says whether it was read to its end.
async fn receive(request: Request<Incoming>) -> hyper::Result<(Received, bool)> {
    let (head, mut incoming) = request.into_parts();
    let mut body = Vec::new();
    let mut length = 0_usize;
    let mut all_read = true;
    while let Some(frame) = incoming.frame().await {
        let Ok(data) = frame?.into_data() else { continue };
        length = length.saturating_add(data.len());
        let room = (BODY_LIMIT + 1).saturating_sub(body.len());
        body.extend_from_slice(data.get(..room).unwrap_or(&data));
        if length > PATIENCE {
            all_read = false;
            break;
        }
    }
    let received = Received {
        method: head.method.to_string(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().map(str::to_owned),
        headers: headers(&head.headers),
        body,
    };
    Ok((received, all_read))
}

fn headers(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect()
}

fn response(reply: Reply) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(reply.body));
    *response.status_mut() =
        StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in reply.headers {
        if let Ok(value) = HeaderValue::try_from(value) {
            response.headers_mut().append(HeaderName::from_static(name), value);
        }
    }
    response
}
