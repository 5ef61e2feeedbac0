//! Where the rules come from, and of which day.

use guildhall_answer::{Claim, Judged, judge};

use crate::table::packages::PACKAGES;

/// How far a rule can be trusted. `proved`: a check digit decides, whoever states it.
pub fn judged(stated_by: u8, proved: bool) -> Judged<()> {
    let claims = PACKAGES
        .into_iter()
        .filter(|(package, ..)| stated_by & package != 0)
        .map(|(_, family, source)| Claim {
            family,
            value: (),
            source,
        });
    let judged = judge(claims);
    match proved {
        true => Judged::proved((), judged.sources),
        false => judged,
    }
}
