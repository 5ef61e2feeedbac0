//! Sorting short lists.

/// Puts a list in order. Equal ones keep their places.
///
/// By insertion: a run has some hundred documents at most, and each use of the standard library's sort would make the component five
/// kilobytes larger.
pub fn sort<T>(list: &mut Vec<T>, comes_before: impl Fn(&T, &T) -> bool) {
    let mut sorted: Vec<T> = Vec::with_capacity(list.len());
    for item in list.drain(..) {
        let position = sorted.partition_point(|other| !comes_before(&item, other));
        sorted.insert(position, item);
    }
    *list = sorted;
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_order_is_that_of_the_standard_library(mut list in prop::collection::vec((0_u8..5, 0_u8..9), 0..30)) {
            let mut expected = list.clone();
            expected.sort_by_key(|(key, _)| *key);
            super::sort(&mut list, |a, b| a.0 < b.0);
            prop_assert_eq!(list, expected);
        }
    }
}
