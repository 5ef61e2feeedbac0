//! Which bytes a request asks for.

/// What is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Served {
    /// Everything: no range, or one in a form that may be ignored.
    All,
    /// From the first to the last byte, both included.
    Part {
        /// First byte.
        first: u64,
        /// Last byte.
        last: u64,
    },
    /// Nothing of the range exists.
    Nothing,
}

/// Reads a `Range` header for something of `size` bytes, by RFC 9110. One range is served; several, and other units, are
/// ignored, as the RFC allows.
#[must_use]
pub(super) fn served(header: Option<&str>, size: u64) -> Served {
    let Some(range) = header
        .and_then(|text| text.split_once('='))
        .filter(|(unit, _)| unit.trim().eq_ignore_ascii_case("bytes"))
        .map(|(_, range)| range.trim())
    else {
        return Served::All;
    };
    let Some((first, last)) = range.split_once('-') else {
        return Served::All;
    };
    let number = |text: &str| {
        let text = text.trim();
        let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        // Too many digits are more than there can be.
        digits.then(|| text.parse().unwrap_or(u64::MAX))
    };
    let end = size.saturating_sub(1);
    match (number(first), number(last)) {
        (Some(first), Some(last)) if first > last => Served::All,
        (Some(first), _) if first >= size => Served::Nothing,
        (Some(first), Some(last)) => Served::Part {
            first,
            last: last.min(end),
        },
        (Some(first), None) if last.trim().is_empty() => Served::Part { first, last: end },
        (None, Some(count)) if first.trim().is_empty() => {
            if count == 0 || size == 0 {
                Served::Nothing
            } else {
                Served::Part {
                    first: size.saturating_sub(count),
                    last: end,
                }
            }
        }
        _ => Served::All,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_range_is_served_and_what_is_no_range_is_ignored() {
        let part = |first, last| Served::Part { first, last };
        for (header, wanted) in [
            ("bytes=0-9", part(0, 9)),
            ("bytes=0-0", part(0, 0)),
            ("Bytes=90-", part(90, 99)),
            ("bytes=-5", part(95, 99)),
            ("bytes=-500", part(0, 99)),
            ("bytes=50-5000", part(50, 99)),
            ("bytes=99-", part(99, 99)),
            ("bytes=100-", Served::Nothing),
            ("bytes=100-200", Served::Nothing),
            ("bytes=-0", Served::Nothing),
            ("bytes=9-3", Served::All),
            ("bytes=0-1,5-6", Served::All),
            ("bytes=a-b", Served::All),
            ("bytes=-", Served::All),
            ("bytes=", Served::All),
            ("lines=0-1", Served::All),
            ("bytes=0-99999999999999999999999999", part(0, 99)),
        ] {
            assert_eq!(served(Some(header), 100), wanted, "{header}");
        }
        assert_eq!(served(None, 100), Served::All);
        assert_eq!(served(Some("bytes=0-"), 0), Served::Nothing);
    }

    proptest! {
        #[test]
        fn a_part_lies_within(header in "(bytes=)?[0-9,\\- ]{0,30}", size in 0u64..1_000) {
            if let Served::Part { first, last } = served(Some(&header), size) {
                prop_assert!(first <= last && last < size);
            }
        }
    }
}
