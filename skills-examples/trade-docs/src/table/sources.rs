//! The standards that the documents follow.

use guildhall_answer::Source;

pub const SOURCES: &[Source] = &[
    Source::new(
        "OASIS Universal Business Language 2.1",
        "2013-11-04",
        "standard of OASIS, royalty-free",
    ),
    Source::new(
        "Incoterms 2020, International Chamber of Commerce",
        "2020-01-01",
        "its codes only",
    ),
];
