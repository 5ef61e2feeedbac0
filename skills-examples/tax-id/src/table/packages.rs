//! The packages that state rules.

use guildhall_answer::Source;

use crate::kind::{ISSUER, JSVAT, NODE, PYTHON};

/// A package that states rules: its place in `stated_by`, its family, and of which day it is. npm's `stdnum` is a port of
/// `python-stdnum`, so the two are one family.
#[rustfmt::skip]
pub const PACKAGES: [(u8, &str, Source); 4] = [
    (PYTHON, "stdnum", Source::new("python-stdnum 2.2 (PyPI)", "2026-01-04", "LGPL-2.1-or-later")),
    (NODE, "stdnum", Source::new("stdnum 1.12.0 (npm)", "2026-08-23", "MIT")),
    (JSVAT, "jsvat", Source::new("jsvat 2.5.4 (npm)", "2025-10-02", "MIT")),
    (ISSUER, "issuer", Source::new("what the issuer publishes", "2025-01-01", "public")),
];
