//! HTTP to the hosts that this invocation grants.
//!
//! ```
//! # guildhall_sdk::testing::doc(|| {
//! use guildhall_sdk::network::Request;
//!
//! let page = Request::get("https://rates.example.org/today.xml").send()?.success()?.into_text()?;
//! # assert_eq!(page, "<rates/>");
//! # Ok::<(), guildhall_sdk::Refusal>(())
//! # });
//! ```

use crate::bindings::guildhall::skill::network as raw;
use crate::refusal::{Refusal, RefusalKind};

/// One HTTP request, built step by step and sent once.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a request does nothing until it is sent"]
pub struct Request {
    raw: raw::Request,
}

impl Request {
    /// A request with any method, in upper case. Methods other than GET and HEAD are live writes: they need a
    /// grant that names the method, and are sent at most once.
    pub fn new(method: &str, url: impl Into<String>) -> Self {
        Request {
            raw: raw::Request {
                method: method.to_owned(),
                url: url.into(),
                headers: Vec::new(),
                body: Vec::new(),
            },
        }
    }

    /// A GET request: a read.
    pub fn get(url: impl Into<String>) -> Self {
        Request::new("GET", url)
    }

    /// A HEAD request: a read.
    pub fn head(url: impl Into<String>) -> Self {
        Request::new("HEAD", url)
    }

    /// A POST request with a body: a live write.
    pub fn post(url: impl Into<String>, body: impl Into<Vec<u8>>) -> Self {
        Request::new("POST", url).body(body)
    }

    /// Adds a header field. `host`, `content-length`, `connection` and other framing fields are the host's.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.raw.headers.push(raw::Header {
            name: name.into(),
            value: value.into(),
        });
        self
    }

    /// Sets the body. Must stay empty for GET and HEAD.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.raw.body = body.into();
        self
    }

    /// Sends the request and waits for the whole response. Any status is a response; see [`Response::success`].
    ///
    /// # Errors
    /// The host's refusal: not granted, malformed, a limit of the run, or a peer that does not answer.
    pub fn send(&self) -> Result<Response, Refusal> {
        crate::host::network::send(&self.raw).map(|raw| Response { raw })
    }
}

/// One HTTP response, whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    raw: raw::Response,
}

impl Response {
    /// Status code.
    pub fn status(&self) -> u16 {
        self.raw.status
    }

    /// URL that answered, after redirects.
    pub fn url(&self) -> &str {
        &self.raw.url
    }

    /// First header field of that name, in any case of letters.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers()
            .find(|(field, _)| field.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    /// All header fields as (name, value).
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.raw
            .headers
            .iter()
            .map(|header| (header.name.as_str(), header.value.as_str()))
    }

    /// The body as received.
    pub fn body(&self) -> &[u8] {
        &self.raw.body
    }

    /// The body, without a copy.
    pub fn into_body(self) -> Vec<u8> {
        self.raw.body
    }

    /// The response itself if its status is 200 to 299.
    ///
    /// # Errors
    /// Another status as `unavailable` with the rule `network.status`, so that `?` passes on "not there now".
    pub fn success(self) -> Result<Response, Refusal> {
        if (200..300).contains(&self.raw.status) {
            return Ok(self);
        }
        Err(Refusal::new(
            RefusalKind::Unavailable,
            "network.status",
            format!("{} answered with status {}.", self.raw.url, self.raw.status),
        ))
    }

    /// The body as UTF-8 text.
    ///
    /// # Errors
    /// Bytes that are not UTF-8, as `invalid` with the rule `network.not-utf8`.
    pub fn text(&self) -> Result<&str, Refusal> {
        std::str::from_utf8(&self.raw.body).map_err(|_| not_utf8(&self.raw.url))
    }

    /// The body as UTF-8 text, without a copy.
    ///
    /// # Errors
    /// As [`Response::text`].
    pub fn into_text(self) -> Result<String, Refusal> {
        String::from_utf8(self.raw.body).map_err(|_| not_utf8(&self.raw.url))
    }
}

fn not_utf8(url: &str) -> Refusal {
    Refusal::new(
        RefusalKind::Invalid,
        "network.not-utf8",
        format!("The body that {url} sent is not UTF-8 text."),
    )
}
