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
    /// Index and fingerprint of each exact segment, last first: a miss is found without reading text.
    prints: Vec<(usize, u64)>,
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
        let prints = segments
            .iter()
            .enumerate()
            .rev()
            .filter_map(|(index, segment)| match segment {
                Segment::Exact(text) => Some((index, fingerprint(text))),
                Segment::Any => None,
            })
            .collect();
        Self {
            segments,
            open,
            prints,
        }
    }

    /// `path` is normal; `parts` are its segments.
    pub fn allows(&self, path: &str, parts: &Segments) -> bool {
        let count = if self.open {
            parts.len() >= self.segments.len()
        } else {
            parts.len() == self.segments.len()
        };
        // Equal fingerprints are no proof, so whole segments are compared below.
        count
            && self
                .prints
                .iter()
                .all(|(index, print)| parts.print(*index) == Some(*print))
            && self.segments.iter().enumerate().all(|(index, segment)| {
                match (segment, parts.get(path, index)) {
                    (Segment::Exact(text), Some(part)) => text == part,
                    (Segment::Any, Some(part)) => !part.is_empty(),
                    (_, None) => false,
                }
            })
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

/// One segment of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Part {
    start: usize,
    end: usize,
    print: u64,
}

/// Where the segments of a path lie in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Segments(Vec<Part>);

impl Segments {
    /// Normalises the path of a request. Returns the path and its segments.
    pub fn normalise(raw: &str) -> Result<(String, Self), TargetError> {
        let body = raw.strip_prefix('/').unwrap_or(raw);
        let mut path = String::with_capacity(raw.len() + 1);
        let mut parts = Vec::new();
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
            parts.push(Part {
                start,
                end: path.len(),
                print: fingerprint(path.get(start..).unwrap_or_default()),
            });
            if parts.len() > MAX_SEGMENTS {
                return refuse(
                    "network.url-too-long",
                    format!("the path has more than {MAX_SEGMENTS} segments; shorten it"),
                );
            }
        }
        Ok((path, Self(parts)))
    }

    fn len(&self) -> usize {
        self.0.len()
    }

    fn print(&self, index: usize) -> Option<u64> {
        self.0.get(index).map(|part| part.print)
    }

    fn get<'a>(&self, path: &'a str, index: usize) -> Option<&'a str> {
        let part = self.0.get(index)?;
        path.get(part.start..part.end)
    }
}

/// FNV-1a of 64 bits. Only a filter: whoever finds a collision gains nothing.
pub(super) fn fingerprint(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |print, byte| {
        (print ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
    })
}
