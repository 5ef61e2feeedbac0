//! URL grants and the targets they are compared with.

use guildhall_package::{Target, UrlGrant};

/// Longest input: percent-encoding can triple it, and it must still be below the longest URL.
const MAX: usize = 2 << 10;

/// Lines: a grant, another grant, then requests. Nothing panics; a grant is printed as it is understood; an
/// intersection allows exactly what both allow; a request that was normalised stays as it is.
pub fn grants(data: &[u8]) {
    let Some(text) = std::str::from_utf8(data)
        .ok()
        .filter(|text| text.len() <= MAX)
    else {
        return;
    };
    let mut lines = text.lines();
    let a = lines.next().and_then(grant);
    let b = lines.next().and_then(grant);
    for line in lines.take(8) {
        let (method, url) = line.split_once(' ').unwrap_or(("GET", line));
        let Ok(target) = Target::parse(method, url) else {
            continue;
        };
        again(&target, method);
        if let (Some(a), Some(b)) = (&a, &b) {
            let both = a.allows(&target) && b.allows(&target);
            let intersection = a.intersect(b);
            let allows = intersection
                .as_ref()
                .is_some_and(|grant| grant.allows(&target));
            assert_eq!(
                allows, both,
                "{a} and {b} give {intersection:?} for {target:?}"
            );
        }
    }
}

fn grant(line: &str) -> Option<UrlGrant> {
    let grant: UrlGrant = line.parse().ok()?;
    let printed = grant.to_string();
    assert_eq!(
        printed.parse().as_ref(),
        Ok(&grant),
        "`{printed}` is understood as something else"
    );
    Some(grant)
}

/// What is dialled is what was checked: the normalised address means the same when it is read again.
fn again(target: &Target, method: &str) {
    let url = target.url().to_string();
    let second =
        Target::parse(method, &url).unwrap_or_else(|error| panic!("`{url}` is refused: {error}"));
    assert_eq!(&second, target, "`{url}` is another target");
}
