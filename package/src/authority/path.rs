//! Path part of a grant, over the normalised path.

use std::fmt;

use super::url_text::{TargetError, normal_segment, refuse};

/// Most segments in a pattern or a path.
pub(super) const MAX_SEGMENTS: usize = 256;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Segment {
    /// This segment, in normal spelling.
    Exact(String),
    /// Any one segment that is not empty.
    Any,
}

impl Segment {
    fn intersect(&self, other: &Self) -> Option<Self> {
        match (self, other) {
            (Self::Any, Self::Any) => Some(Self::Any),
            (Self::Exact(text), Self::Any) | (Self::Any, Self::Exact(text)) => {
                (!text.is_empty()).then(|| Self::Exact(text.clone()))
            }
            (Self::Exact(a), Self::Exact(b)) => (a == b).then(|| self.clone()),
        }
    }
}

/// Which paths a grant covers.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct PathPattern {
    segments: Vec<Segment>,
    /// Ends in `/**`: anything below, or nothing.
    open: bool,
    /// Text that every matching path starts with: rejects most misses with one comparison.
    literal: String,
}

impl PathPattern {
    /// Reads `/a/*/b/**`.
    pub fn parse(raw: &str) -> Result<Self, TargetError> {
        let Some(body) = raw.strip_prefix('/') else {
            return refuse(
                "grant.path-missing",
                "the grant names no path; write `/**` behind the host for everything on it, or the narrower path that is meant",
            );
        };
        let (body, open) = match body.strip_suffix("**") {
            Some("") => return Ok(Self::new(Vec::new(), true)),
            Some(body) if body.ends_with('/') => (body.strip_suffix('/').unwrap_or(body), true),
            _ => (body, false),
        };
        let mut segments = Vec::new();
        let mut rest = body.split('/').peekable();
        while let Some(raw) = rest.next() {
            let last = rest.peek().is_none();
            if raw.is_empty() && (!last || open) {
                return refuse(
                    "grant.path-empty-segment",
                    "the path of the grant contains `//`; write single slashes",
                );
            }
            segments.push(match raw {
                "*" => Segment::Any,
                _ if raw.contains('*') => {
                    return refuse(
                        "grant.path-wildcard",
                        "`*` stands for one whole path segment and `**` only at the end; write `/reports/*` or `/reports/**`",
                    );
                }
                _ => {
                    let mut text = String::new();
                    normal_segment(raw, &mut text)?;
                    Segment::Exact(text)
                }
            });
            if segments.len() > MAX_SEGMENTS {
                return refuse(
                    "network.url-too-long",
                    format!("the path has more than {MAX_SEGMENTS} segments; shorten it"),
                );
            }
        }
        Ok(Self::new(segments, open))
    }

    fn new(segments: Vec<Segment>, open: bool) -> Self {
        let mut literal = String::new();
        for segment in &segments {
            match segment {
                Segment::Exact(text) => {
                    literal.push('/');
                    literal.push_str(text);
                }
                Segment::Any => break,
            }
        }
        Self {
            segments,
            open,
            literal,
        }
    }

    /// `path` is normal and starts with `/`; `segments` are its parts.
    pub fn allows(&self, path: &str, segments: &Segments) -> bool {
        let count = if self.open {
            segments.len() >= self.segments.len()
        } else {
            segments.len() == self.segments.len()
        };
        // The literal is a first filter; whole segments are compared below.
        count
            && path.as_bytes().starts_with(self.literal.as_bytes())
            && self
                .segments
                .iter()
                .enumerate()
                .rev()
                .all(
                    |(index, segment)| match (segment, segments.get(path, index)) {
                        (Segment::Exact(text), Some(part)) => text == part,
                        (Segment::Any, Some(part)) => !part.is_empty(),
                        (_, None) => false,
                    },
                )
    }

    pub fn intersect(&self, other: &Self) -> Option<Self> {
        let (short, long) = if self.segments.len() <= other.segments.len() {
            (self, other)
        } else {
            (other, self)
        };
        if !short.open && short.segments.len() != long.segments.len() {
            return None;
        }
        let mut segments = Vec::with_capacity(long.segments.len());
        for (index, segment) in long.segments.iter().enumerate() {
            segments.push(match short.segments.get(index) {
                Some(other) => segment.intersect(other)?,
                None => segment.clone(),
            });
        }
        let open = self.open && other.open;
        Some(Self::new(segments, open))
    }
}

impl fmt::Display for PathPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for segment in &self.segments {
            match segment {
                Segment::Exact(text) => write!(f, "/{text}")?,
                Segment::Any => f.write_str("/*")?,
            }
        }
        if self.open {
            f.write_str("/**")?;
        }
        Ok(())
    }
}

/// Where the segments of a path lie in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Segments(Vec<(u16, u16)>);

impl Segments {
    /// Normalises the path of a request. Returns the path and its segments.
    pub fn normalise(raw: &str) -> Result<(String, Self), TargetError> {
        let body = raw.strip_prefix('/').unwrap_or(raw);
        let mut path = String::with_capacity(raw.len() + 1);
        let mut bounds = Vec::new();
        let mut rest = body.split('/').peekable();
        while let Some(segment) = rest.next() {
            // Only a trailing slash leaves an empty segment, and only one.
            if segment.is_empty() && rest.peek().is_some() {
                return refuse(
                    "network.url-empty-segment",
                    "the path contains `//`, which servers read differently; write single slashes",
                );
            }
            path.push('/');
            let start = path.len();
            normal_segment(segment, &mut path)?;
            let (Ok(start), Ok(end)) = (u16::try_from(start), u16::try_from(path.len())) else {
                return refuse("network.url-too-long", "the path is too long; shorten it");
            };
            bounds.push((start, end));
            if bounds.len() > MAX_SEGMENTS {
                return refuse(
                    "network.url-too-long",
                    format!("the path has more than {MAX_SEGMENTS} segments; shorten it"),
                );
            }
        }
        Ok((path, Self(bounds)))
    }

    fn len(&self) -> usize {
        self.0.len()
    }

    fn get<'a>(&self, path: &'a str, index: usize) -> Option<&'a str> {
        let (start, end) = self.0.get(index)?;
        path.get(usize::from(*start)..usize::from(*end))
    }
}
