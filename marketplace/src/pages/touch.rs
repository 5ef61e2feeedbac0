//! What a skill can touch and where data goes, in words for somebody who sells things and does not program.

use guildhall_package::inspect::CapabilityView;
use guildhall_package::market::Authority;

use super::words;

/// One thing that a skill can touch.
#[derive(Debug, Clone)]
pub struct Touch {
    /// Name of the capability, for its picture.
    pub icon: &'static str,
    /// In one or two words.
    pub title: &'static str,
    /// What that means.
    pub sentence: String,
    /// What it asks for in particular, and why.
    pub parts: Vec<Part>,
}

/// One thing that the manifest asks for.
#[derive(Debug, Clone)]
pub struct Part {
    /// What, in words for a merchant.
    pub what: String,
    /// Why, in the author's words.
    pub reason: String,
    /// Whether one can say no to it.
    pub is_optional: bool,
}

impl Touch {
    /// Of what was read from the component.
    #[must_use]
    pub fn of(view: &CapabilityView) -> Self {
        let parts = view.details.iter().map(|detail| Part {
            what: words::asks(&detail.what),
            reason: detail.reason.clone(),
            is_optional: detail.optional,
        });
        Self {
            icon: view.capability.name(),
            title: words::capability(view.capability),
            sentence: view.sentence.clone(),
            parts: parts.collect(),
        }
    }
}

/// Where data of the merchant can go: from the bytes and the manifest, not from a promise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataUse {
    /// Sentences.
    pub sentences: Vec<String>,
    /// Addresses that it can reach.
    pub addresses: Vec<String>,
}

impl DataUse {
    /// Of what a release may do.
    #[must_use]
    pub fn of(authority: &Authority) -> Self {
        let addresses: Vec<String> = authority
            .network
            .iter()
            .map(|grant| grant.pattern.to_string())
            .collect();
        let mut sentences = Vec::new();
        if addresses.is_empty() && authority.channels.is_empty() {
            sentences.push(
                "What you give it stays on your computer: it has no way to the internet and sends no messages."
                    .to_owned(),
            );
        }
        if !addresses.is_empty() {
            sentences.push(
                "It can exchange data with the addresses below, if you grant them, and with no others. What it asks them for can contain what you gave it."
                    .to_owned(),
            );
        }
        if !authority.channels.is_empty() {
            sentences.push(
                "What it writes in a message leaves your computer, after you have read and approved it."
                    .to_owned(),
            );
        }
        if !authority.payees.is_empty() {
            sentences.push(
                "A payment that you approve tells the payee and the bank what the payment says."
                    .to_owned(),
            );
        }
        sentences.push(
            "This marketplace counts downloads. It does not see what you do with the skill."
                .to_owned(),
        );
        Self {
            sentences,
            addresses,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_is_said_without_signs_of_programs() {
        let detail = |what: &str| serde_json::json!({ "what": what, "reason": "So that iban:* is kept.", "optional": true });
        let view: CapabilityView = serde_json::from_value(serde_json::json!({
            "capability": "payments", "sentence": "Can propose payments.",
            "details": [detail("propose payments to iban:*, book:fees"), detail("keep up to 8388608 bytes of its own")],
        }))
        .unwrap();
        let parts = Touch::of(&view).parts;
        assert_eq!(
            parts[0].what,
            "propose payments to any bank account, the account fees in your own books"
        );
        assert_eq!(parts[1].what, "keep up to 8 MB of its own");
        // The author's words stay as they are.
        assert_eq!(parts[0].reason, "So that iban:* is kept.");
    }

    #[test]
    fn a_skill_without_a_way_out_is_said_to_keep_data_here_and_no_other() {
        let stays = |authority: &Authority| {
            DataUse::of(authority)
                .sentences
                .iter()
                .any(|sentence| sentence.contains("stays on your computer"))
        };
        assert!(stays(&Authority::default()));
        assert!(!stays(&Authority {
            channels: vec!["email".parse().unwrap()],
            ..Authority::default()
        }));
        let network = serde_json::json!({
            "capabilities": ["network"], "files": [], "payees": [], "channels": [],
            "network": ["GET https://rates.test/*"],
        });
        let authority: Authority = serde_json::from_value(network).unwrap();
        assert!(!stays(&authority));
        assert_eq!(DataUse::of(&authority).addresses, ["https://rates.test/*"]);
    }
}
