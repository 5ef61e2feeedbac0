//! No byte of the evidence can be changed.

use proptest::prelude::*;

use crate::trust::evidence::*;
use crate::trust::log::hash::TreeHash;
use crate::trust::testing::*;

use super::{market, verify};

/// Every part of the evidence that is bytes.
fn parts(evidence: &mut Evidence) -> Vec<&mut Vec<u8>> {
    vec![
        &mut evidence.component,
        &mut evidence.manifest,
        &mut evidence.config,
        &mut evidence.publisher_statement,
        &mut evidence.review_statement,
        &mut evidence.release.entry,
        &mut evidence.key.entry,
        &mut evidence.status,
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_changed_byte_of_any_part_is_refused(part in 0..8_usize, at in any::<prop::sample::Index>(), bit in 0..8_u8) {
        let (market, released) = market();
        let mut evidence = market.evidence(&released);
        let mut parts = parts(&mut evidence);
        let at = at.index(parts[part].len());
        parts[part][at] ^= 1 << bit;
        prop_assert!(verify(&client(), &evidence).is_err());
    }

    #[test]
    fn any_changed_bit_of_a_proof_is_refused(of_key in any::<bool>(), at in any::<prop::sample::Index>(), bit in 0..256_usize) {
        let (market, released) = market();
        let mut evidence = market.evidence(&released);
        let proof = if of_key { &mut evidence.key.proof } else { &mut evidence.release.proof };
        let at = at.index(proof.len());
        let mut bytes = *proof[at].as_bytes();
        bytes[bit / 8] ^= 1 << (bit % 8);
        proof[at] = TreeHash::from_bytes(bytes);
        prop_assert!(verify(&client(), &evidence).is_err());
    }
}
