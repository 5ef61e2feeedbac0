//! How the answer of a host call is written down, so that a replay can give the same answer again.

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// An answer that can be recorded and given again.
pub(crate) trait Recorded: Sized {
    /// The answer as bytes.
    fn to_record(&self) -> Vec<u8>;
    /// The answer of these bytes; none if they are not one.
    fn from_record(bytes: &[u8]) -> Option<Self>;
}

/// Small structured answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Json<T>(pub(crate) T);

impl<T: Serialize + DeserializeOwned> Recorded for Json<T> {
    fn to_record(&self) -> Vec<u8> {
        serde_json::to_vec(&self.0).unwrap_or_default()
    }

    fn from_record(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok().map(Self)
    }
}

/// Content, as it is.
impl Recorded for Bytes {
    fn to_record(&self) -> Vec<u8> {
        self.to_vec()
    }

    fn from_record(bytes: &[u8]) -> Option<Self> {
        Some(Self::copy_from_slice(bytes))
    }
}

/// Content that may not be there: one byte says whether it is.
impl Recorded for Option<Bytes> {
    fn to_record(&self) -> Vec<u8> {
        match self {
            None => vec![0],
            Some(content) => [&[1], content.as_ref()].concat(),
        }
    }

    fn from_record(bytes: &[u8]) -> Option<Self> {
        match bytes.split_first()? {
            (0, []) => Some(None),
            (1, content) => Some(Some(Bytes::copy_from_slice(content))),
            _ => None,
        }
    }
}

impl Recorded for () {
    fn to_record(&self) -> Vec<u8> {
        Vec::new()
    }

    fn from_record(bytes: &[u8]) -> Option<Self> {
        bytes.is_empty().then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_recorded_is_given_again(content in proptest::option::of(proptest::collection::vec(any::<u8>(), 0..40))) {
            let value = content.map(Bytes::from);
            prop_assert_eq!(Option::<Bytes>::from_record(&value.to_record()), Some(value));
        }

        #[test]
        fn no_record_panics(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            let _ = Option::<Bytes>::from_record(&bytes);
            let _ = <()>::from_record(&bytes);
            let _ = Json::<u32>::from_record(&bytes);
        }
    }
}
