//! The standards that a document follows.

use guildhall_answer::Source;

pub const SOURCES: &[Source] = &[
    Source::new(
        "EN 16931-1, electronic invoicing, as its official validation artefacts 1.3.16 hold it",
        "2026-03-30",
        "standard of CEN; artefacts EUPL-1.2",
    ),
    Source::new(
        "OASIS Universal Business Language 2.1",
        "2013-11-04",
        "standard of OASIS, royalty-free",
    ),
];
