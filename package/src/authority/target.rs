//! A request in the one normal form that grants are compared with and that is sent.

use url::Url;

use super::host::Host;
use super::method::Method;
use super::path::Segments;
use super::url_text::{MAX_URL, RawUrl, Scheme, TargetError, normal_host, refuse};

/// Method and URL of one request, normalised. Check a grant on it, and send [`Target::url`]: never the text it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    method: Method,
    scheme: Scheme,
    host: Host,
    port: u16,
    path: String,
    segments: Segments,
    url: Url,
}

impl Target {
    /// Reads a request. `method` is in upper case, `url` is absolute.
    ///
    /// # Errors
    /// Refuses every method that no grant can name, and every spelling of a URL that two readers could
    /// understand differently. `rule` is one of `network.method` and `network.url-*`.
    pub fn parse(method: &str, url: &str) -> Result<Self, TargetError> {
        let method = match method.parse::<Method>() {
            Ok(method) => method,
            Err(error) => return refuse("network.method", error.to_string()),
        };
        let raw = RawUrl::split(url)?;
        let host = normal_host(raw.host)?;
        let (path, segments) = Segments::normalise(raw.path)?;
        let port = RawUrl::port_suffix(raw.scheme, raw.port);
        let query = raw
            .query
            .map_or_else(String::new, |query| format!("?{query}"));
        let text = format!("{}://{host}{port}{path}{query}", raw.scheme);
        let Ok(url) = Url::parse(&text) else {
            return refuse("network.url-host", "the URL cannot be read; correct it");
        };
        // What is checked must be what is sent.
        if url.path() != path
            || url.host_str() != Some(host.as_str())
            || url.port_or_known_default() != Some(raw.port)
            || url.as_str().len() > MAX_URL * 3
        {
            return refuse(
                "network.url-character",
                "the URL has no single normal spelling; percent-encode unusual characters",
            );
        }
        Ok(Self {
            method,
            scheme: raw.scheme,
            host: Host::new(host),
            port: raw.port,
            path,
            segments,
            url,
        })
    }

    /// The method.
    #[must_use]
    pub const fn method(&self) -> Method {
        self.method
    }

    /// The scheme.
    #[must_use]
    pub const fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// Host name in lower case, dotted-quad address, or IPv6 address in brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        self.host.as_str()
    }

    /// The port, also when it is the scheme's own.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// The normalised path; starts with `/`.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The URL to send.
    #[must_use]
    pub const fn url(&self) -> &Url {
        &self.url
    }

    pub(super) const fn host_parts(&self) -> &Host {
        &self.host
    }

    pub(super) const fn segments(&self) -> &Segments {
        &self.segments
    }
}
