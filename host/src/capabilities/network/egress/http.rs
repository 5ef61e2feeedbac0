//! The real transport: one connection, one request, one response, all inside one future.
//!
//! HTTP/1.1 by hyper's connection API rather than by a client: a client pools connections, resolves names,
//! follows proxies of the environment, retries, and drives connections on tasks that outlive the request. Here the
//! request target is built from path and query alone, so it can only be in origin form, and dropping the future
//! closes the socket.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use futures::future::{BoxFuture, Either, select};
use guildhall_package::authority::{Scheme, Target};
use http::header::{CONNECTION, CONTENT_LENGTH, HOST};
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Uri};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body as _, Incoming};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use tokio_rustls::TlsConnector;

use super::config::EgressConfig;
use super::peer::LoopbackPeer;
use super::redirect::is_redirect;
use super::resolve::{Resolver, dialable};
use super::tls::{self, TlsSetupError};
use super::transport::{EgressError, Hop, HopResponse, MailStream, Transport};
use super::wire::{Metered, Stream, dial};

/// Header fields of one response.
const MAX_RESPONSE_FIELDS: usize = 200;

/// Fields about the connection, which the guest has none of.
const HOP_BY_HOP: [&str; 6] = [
    "connection",
    "keep-alive",
    "proxy-connection",
    "transfer-encoding",
    "trailer",
    "upgrade",
];

/// Sends over TCP and TLS to public addresses and to loopback peers.
pub struct HttpTransport {
    resolver: Arc<dyn Resolver>,
    public_tls: Arc<ClientConfig>,
    peers: Vec<LoopbackPeer>,
    peer_tls: Vec<Arc<ClientConfig>>,
}

impl HttpTransport {
    /// A transport that finds addresses through `resolver`.
    ///
    /// # Errors
    /// If TLS cannot be set up with the certificates of the peers.
    pub fn new(config: &EgressConfig, resolver: Arc<dyn Resolver>) -> Result<Self, TlsSetupError> {
        let public_tls = tls::client_config(&[])?;
        let peer_tls = config
            .peers
            .iter()
            .map(|peer| match peer.trust() {
                [] => Ok(Arc::clone(&public_tls)),
                extra => tls::client_config(extra),
            })
            .collect::<Result<_, _>>()?;
        Ok(Self {
            resolver,
            public_tls,
            peers: config.peers.clone(),
            peer_tls,
        })
    }

    async fn perform(&self, hop: Hop) -> Result<HopResponse, EgressError> {
        let limit = hop.limits.connect_timeout;
        let stream = tokio::time::timeout(limit, self.connect(&hop.target))
            .await
            .map_err(|_| EgressError::Timeout {
                host: hop.target.host().to_owned(),
                what: "accept a connection",
                limit,
            })??;
        exchange(hop, stream).await
    }

    async fn connect(&self, target: &Target) -> Result<Box<dyn Stream>, EgressError> {
        let to = dialable(target, &self.peers, &*self.resolver).await?;
        let tcp = dial(&to).await.map_err(|error| EgressError::Unreachable {
            place: format!("{}:{}", target.host(), target.port()),
            detail: error.to_string(),
        })?;
        if target.scheme() == Scheme::Http {
            return Ok(Box::new(tcp));
        }
        let failed = |detail: String| EgressError::Tls {
            host: target.host().to_owned(),
            detail,
        };
        let name = tls::server_name(target.host())
            .ok_or_else(|| failed("its name cannot be in a certificate".to_owned()))?;
        let stream = TlsConnector::from(self.tls_for(target))
            .connect(name, tcp)
            .await
            .map_err(|error| failed(tls::explain(&error)))?;
        Ok(Box::new(stream))
    }

    /// The same rules for mail: one look-up, only checked addresses, and no plain text but to a named peer.
    async fn mail(&self, host: String, port: u16, tls: bool) -> Result<MailStream, EgressError> {
        let other = |detail: String| EgressError::Other {
            host: host.clone(),
            detail,
        };
        let scheme = if tls { "https" } else { "http" };
        let target = Target::parse("GET", &format!("{scheme}://{host}:{port}/"))
            .map_err(|error| other(error.to_string()))?;
        if !tls && !self.peers.iter().any(|peer| peer.serves(&target)) {
            return Err(other(
                "mail is sent without TLS only to a named loopback peer".to_owned(),
            ));
        }
        let to = dialable(&target, &self.peers, &*self.resolver).await?;
        let tcp = dial(&to).await.map_err(|error| EgressError::Unreachable {
            place: format!("{host}:{port}"),
            detail: error.to_string(),
        })?;
        if !tls {
            return Ok(Box::new(tcp));
        }
        let failed = |detail: String| EgressError::Tls {
            host: host.clone(),
            detail,
        };
        let name = tls::server_name(target.host())
            .ok_or_else(|| failed("its name cannot be in a certificate".to_owned()))?;
        let mut config = ClientConfig::clone(&self.tls_for(&target));
        config.alpn_protocols.clear();
        let stream = TlsConnector::from(Arc::new(config))
            .connect(name, tcp)
            .await
            .map_err(|error| failed(tls::explain(&error)))?;
        Ok(Box::new(stream))
    }

    fn tls_for(&self, target: &Target) -> Arc<ClientConfig> {
        let of_peer = self
            .peers
            .iter()
            .zip(&self.peer_tls)
            .find(|(peer, _)| peer.serves(target))
            .map(|(_, tls)| tls);
        Arc::clone(of_peer.unwrap_or(&self.public_tls))
    }
}

impl Transport for HttpTransport {
    fn send(&self, hop: Hop) -> BoxFuture<'_, Result<HopResponse, EgressError>> {
        Box::pin(self.perform(hop))
    }

    fn connect_mail(
        &self,
        host: String,
        port: u16,
        tls: bool,
    ) -> BoxFuture<'_, Result<MailStream, EgressError>> {
        Box::pin(self.mail(host, port, tls))
    }
}

async fn exchange(hop: Hop, stream: Box<dyn Stream>) -> Result<HopResponse, EgressError> {
    let host = hop.target.host();
    let broken = |detail: String| EgressError::BrokenResponse {
        host: host.to_owned(),
        detail,
    };
    let request = request(&hop).map_err(|error| broken(error.to_string()))?;
    let io = TokioIo::new(Metered::new(stream, Arc::clone(&hop.meter)));
    let (mut sender, connection) = http1::Builder::new()
        .max_headers(MAX_RESPONSE_FIELDS)
        .max_header_size(hop.limits.max_header_bytes)
        // hyper panics below 8 KiB.
        .max_buf_size(hop.limits.max_header_bytes.max(8 << 10))
        .handshake::<_, Full<Bytes>>(io)
        .await
        .map_err(|error| explain(&error, &hop))?;

    let answer = async {
        let response = sender
            .send_request(request)
            .await
            .map_err(|error| explain(&error, &hop))?;
        let status = response.status().as_u16();
        if status < 200 {
            return Err(broken(format!("status {status} was not asked for")));
        }
        let (parts, body) = response.into_parts();
        let headers = plain_headers(&parts.headers);
        let skip =
            hop.follows_redirects && is_redirect(status) && parts.headers.contains_key("location");
        let body = if skip {
            Bytes::new()
        } else {
            whole(body, &hop).await?
        };
        Ok(HopResponse {
            status,
            headers,
            body,
        })
    };
    let answer = std::pin::pin!(answer);
    match select(answer, std::pin::pin!(connection)).await {
        Either::Left((answer, _)) => answer,
        // The connection is done; what it left behind can still be read.
        Either::Right((outcome, answer)) => match (answer.await, outcome) {
            (Err(EgressError::BrokenResponse { .. }), Err(cause)) => Err(explain(&cause, &hop)),
            (answer, _) => answer,
        },
    }
}

fn request(hop: &Hop) -> Result<Request<Full<Bytes>>, http::Error> {
    let url = hop.target.url();
    let mut path = url.path().to_owned();
    if let Some(query) = url.query() {
        path.push('?');
        path.push_str(query);
    }
    let mut authority = hop.target.host().to_owned();
    // `None` when it is the scheme's own.
    if let Some(port) = url.port() {
        authority = format!("{authority}:{port}");
    }
    let mut request = Request::builder()
        .method(hop.target.method().as_str())
        .uri(Uri::from(PathAndQuery::try_from(path)?))
        .body(Full::new(hop.body.clone()))?;
    let headers = request.headers_mut();
    headers.insert(HOST, HeaderValue::try_from(authority)?);
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
    if !hop.target.method().is_read() {
        // hyper says nothing about an empty body, and some servers then wait for one.
        headers.insert(CONTENT_LENGTH, HeaderValue::from(hop.body.len()));
    }
    for (name, value) in &hop.headers {
        headers.append(
            HeaderName::from_bytes(name.as_bytes())?,
            HeaderValue::from_bytes(value.as_bytes())?,
        );
    }
    Ok(request)
}

fn plain_headers(headers: &HeaderMap) -> Vec<(String, String)> {
    headers
        .iter()
        .filter(|(name, _)| !HOP_BY_HOP.contains(&name.as_str()))
        .filter_map(|(name, value)| {
            let value = std::str::from_utf8(value.as_bytes()).ok()?;
            Some((name.as_str().to_owned(), value.to_owned()))
        })
        .collect()
}

async fn whole(mut body: Incoming, hop: &Hop) -> Result<Bytes, EgressError> {
    let limit = hop.limits.max_response_bytes;
    let too_large = || EgressError::ResponseTooLarge {
        host: hop.target.host().to_owned(),
        limit,
    };
    // An announced length is enough to refuse, and never enough to reserve memory.
    if !hop.cuts && body.size_hint().lower() > limit {
        return Err(too_large());
    }
    let mut all = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| explain(&error, hop))?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        let left = limit.saturating_sub(all.len() as u64);
        if data.len() as u64 <= left {
            all.extend_from_slice(&data);
            continue;
        }
        if !hop.cuts {
            return Err(too_large());
        }
        all.extend(
            data.into_iter()
                .take(usize::try_from(left).unwrap_or(usize::MAX)),
        );
        break;
    }
    Ok(all.freeze())
}

fn explain(error: &hyper::Error, hop: &Hop) -> EgressError {
    let host = hop.target.host().to_owned();
    if error.is_parse_too_large() {
        return EgressError::HeaderTooLarge {
            host,
            limit: hop.limits.max_header_bytes,
        };
    }
    let detail = if error.is_incomplete_message() {
        "the connection ended before it was complete".to_owned()
    } else {
        match std::error::Error::source(error) {
            Some(source) => format!("{error}: {source}"),
            None => error.to_string(),
        }
    };
    EgressError::BrokenResponse { host, detail }
}
