//! HTTP methods that a grant can name.

use std::fmt;
use std::str::FromStr;

use super::serde_as_text;
use crate::text;

/// One HTTP method. Others, such as OPTIONS, CONNECT and TRACE, are never sent for a skill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Method {
    /// Read.
    Get,
    /// Read headers only.
    Head,
    /// Live write.
    Post,
    /// Live write.
    Put,
    /// Live write.
    Patch,
    /// Live write.
    Delete,
}

/// Why a text names no usable method.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a method that a skill can use; write GET, HEAD, POST, PUT, PATCH or DELETE in upper case"
)]
pub struct MethodError(String);

impl Method {
    /// All methods, in the order in which they are shown.
    pub const ALL: [Self; 6] = [
        Self::Get,
        Self::Head,
        Self::Post,
        Self::Put,
        Self::Patch,
        Self::Delete,
    ];

    /// The method as sent: `GET`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }

    /// Whether it only reads. Everything else is a live write.
    #[must_use]
    pub const fn is_read(self) -> bool {
        matches!(self, Self::Get | Self::Head)
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Method {
    type Err = MethodError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|method| method.as_str() == text)
            .ok_or_else(|| MethodError(text::plain(text, 20)))
    }
}

serde_as_text!(Method);

/// A set of methods, written `GET,HEAD`. May be empty as the outcome of an intersection, never when parsed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Methods(u8);

impl Methods {
    /// GET and HEAD.
    pub const READS: Self = Self(Method::Get.bit() | Method::Head.bit());

    /// Whether `method` is in the set.
    #[must_use]
    pub const fn contains(self, method: Method) -> bool {
        self.0 & method.bit() != 0
    }

    /// Methods in both sets.
    #[must_use]
    pub const fn intersect(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether none of them writes.
    #[must_use]
    pub const fn is_read_only(self) -> bool {
        self.0 & !Self::READS.0 == 0
    }

    /// The methods, in the order of [`Method::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Method> {
        Method::ALL
            .into_iter()
            .filter(move |method| self.contains(*method))
    }
}

impl FromIterator<Method> for Methods {
    fn from_iter<I: IntoIterator<Item = Method>>(methods: I) -> Self {
        Self(
            methods
                .into_iter()
                .fold(0, |bits, method| bits | method.bit()),
        )
    }
}

impl fmt::Display for Methods {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, method) in self.iter().enumerate() {
            if index > 0 {
                f.write_str(",")?;
            }
            f.write_str(method.as_str())?;
        }
        Ok(())
    }
}

impl fmt::Debug for Methods {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Methods {
    type Err = MethodError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.split(',').map(Method::from_str).collect()
    }
}

serde_as_text!(Methods);

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn methods_are_a_set_with_one_spelling() {
        let methods: Methods = "HEAD,GET,GET".parse().unwrap();
        assert_eq!(methods.to_string(), "GET,HEAD");
        assert!(methods.is_read_only());
        assert!(!methods.contains(Method::Post));
        let writes: Methods = "POST,GET".parse().unwrap();
        assert!(!writes.is_read_only());
        assert_eq!(methods.intersect(writes).to_string(), "GET");
    }

    #[test]
    fn other_methods_and_spellings_are_refused() {
        for wrong in [
            "OPTIONS",
            "CONNECT",
            "TRACE",
            "get",
            "",
            "GET,",
            "GET, HEAD",
            "*",
            "GET\r\n",
        ] {
            assert!(wrong.parse::<Methods>().is_err(), "{wrong:?}");
        }
    }
}
