//! The listener: HTTP/1.1 in front of the provider.

use std::{convert::Infallible, net, sync::Arc, time::Duration};

use http_body_util::{BodyExt, Full};
use hyper::{
    HeaderMap, Request, Response, StatusCode,
    body::{Bytes, Incoming},
    header::{ALLOW, CONNECTION, CONTENT_TYPE, HeaderValue},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};

use crate::{
    exchange::{BODY_LIMIT, Received, Reply},
    provider::Provider,
};

/// A longer body is read to its end, so that its sender gets to see the refusal; but not for ever.
const PATIENCE: usize = 16 * 1024 * 1024;

/// Takes a listener into the running runtime.
pub(crate) fn listen(listener: net::TcpListener) -> std::io::Result<TcpListener> {
    listener.set_nonblocking(true)?;
    TcpListener::from_std(listener)
}

/// Serves connections until the runtime ends.
pub(crate) async fn serve(listener: TcpListener, provider: Arc<Provider>) -> Infallible {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => drop(tokio::spawn(converse(stream, Arc::clone(&provider)))),
            // Out of file handles, most likely: wait for some to come back.
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}

async fn converse(stream: TcpStream, provider: Arc<Provider>) {
    let service = service_fn(move |request| {
        let provider = Arc::clone(&provider);
        async move {
            let (request, all_read) = receive(request).await?;
            let mut response = response(provider.answer(&request));
            if !all_read {
                response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
            }
            Ok::<_, hyper::Error>(response)
        }
    });
    // A client that closes its half after the request still wants the reply. A connection that
    // fails concerns nobody but the client.
    let connection =
        http1::Builder::new().half_close(true).serve_connection(TokioIo::new(stream), service);
    drop(connection.await);
}

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
        body.extend(data.iter().take(room));
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
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Some(allow) = reply.allow {
        headers.insert(ALLOW, HeaderValue::from_static(allow));
    }
    response
}
