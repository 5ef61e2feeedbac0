//! What chats say. Plain text without mark-up; what comes from a skill is made plain and quoted. Pure.

use guildhall_host::{Card, CardEffect, EffectFacts, PendingApproval, SkillIdentity, Standing};
use guildhall_package::text::plain;

use super::Choice;
use crate::pages::words::{sentence, when};

/// Effects that are listed one by one.
const LISTED: usize = 5;

/// A skill, as far as it is proved who it is.
#[must_use]
pub fn skill(skill: &SkillIdentity) -> String {
    if skill.trust.is_host() {
        return "Guildhall itself".to_owned();
    }
    let name = skill.name.as_deref().unwrap_or("a skill without a name");
    let name = plain(name, 80);
    if skill.trust.is_signed() {
        name
    } else {
        format!("{name} (not signed)")
    }
}

/// A card with buttons: everything that is decided about, in facts.
#[must_use]
pub fn with_buttons(card: &Card, link: &str) -> String {
    let mut lines = vec![format!("{} asks for your decision:", skill(&card.skill))];
    lines.extend(card.effects.iter().map(effect));
    lines.push(String::new());
    lines.push(format!(
        "If you do nothing, nothing is paid, and this ends {}.",
        when(card.expires_at_ms).text
    ));
    lines.push(format!("The whole card: {link}"));
    lines.join("\n")
}

fn effect(shown: &CardEffect) -> String {
    let EffectFacts::Payment(payment) = &shown.effect.facts else {
        return format!("- {}", plain(&shown.summary, 200));
    };
    let before = match &shown.payee {
        Some(Standing::Known { paid_count: 1, .. }) => "paid once before".to_owned(),
        Some(Standing::Known { paid_count, .. }) => format!("paid {paid_count} times before"),
        _ => "not paid before".to_owned(),
    };
    format!(
        "- Pay {} to {} ({}:{}, {before}) for {}",
        payment.amount,
        plain(&payment.payee_name, 60),
        plain(&payment.scheme, 16),
        plain(&payment.account, 60),
        plain(&payment.document, 60),
    )
}

/// A notice without buttons: what it is about, and where to decide.
#[must_use]
pub fn with_link(waiting: &PendingApproval, link: &str) -> String {
    let about = match usize::try_from(waiting.effects) {
        Ok(1) => "one thing".to_owned(),
        Ok(many) if many <= LISTED => format!("{many} things"),
        _ => "many things".to_owned(),
    };
    format!(
        "{} wants to do {about} and needs your decision.\nLook at the card and decide there: {link}\nIf you do nothing, nothing \
         is done, and this ends {}.",
        skill(&waiting.skill),
        when(waiting.expires_at_ms).text
    )
}

/// What stands in a message whose run does not wait any more.
#[must_use]
pub fn over(name: &str, became: &str, link: &str) -> String {
    format!("{name}: {}\n{link}", sentence(became))
}

/// What a button says when it was used.
#[must_use]
pub const fn done(choice: Choice) -> &'static str {
    match choice {
        Choice::Approve => "Approved.",
        Choice::Reject => "Rejected. Nothing is done.",
    }
}

/// To who is bound now.
#[must_use]
pub fn bound(person: &str, may_approve: bool) -> String {
    let person = plain(person, 60);
    if may_approve {
        format!(
            "This chat belongs to {person} now. You are told here of what waits for your decision. Small payments to payees you \
             paid before can be decided here; everything else is a link."
        )
    } else {
        format!("This chat belongs to {person} now. You are told here as soon as you may approve.")
    }
}

/// To who is bound by WhatsApp now.
#[must_use]
pub fn told_by_whatsapp(person: &str, may_approve: bool) -> String {
    let person = plain(person, 60);
    let when = if may_approve {
        "what waits for your decision, with a link to it"
    } else {
        "approvals as soon as you may decide about them"
    };
    format!(
        "This number belongs to {person} now. You are told here of {when}. Nothing is decided here."
    )
}

/// To somebody who wrote what means nothing here.
pub const HOW_TO_BIND: &str = "This bot belongs to a Guildhall console. To be told of approvals here, open Settings, Chat on your \
     console, and send the code that it shows.";
/// To somebody whose code does not count.
pub const NO_CODE: &str = "This code does not count: it was used, or it is older than ten minutes. Make a new one on your console, at \
     Settings, Chat.";
/// To a group.
pub const NO_GROUPS: &str =
    "I only talk to one person at a time. Write to me in a chat of your own.";
/// A test message.
pub const TEST: &str =
    "This is a test message of your Guildhall console. Approvals are announced here.";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::approvals::testing::{card, known, payment};

    #[test]
    fn a_card_with_buttons_says_how_much_goes_where_for_what_and_that_nothing_happens_by_itself() {
        let text = with_buttons(
            &card(vec![payment("EUR 10.00", known())]),
            "http://localhost:1/approvals/x",
        );
        for part in [
            "acme/pay (not signed)",
            "EUR 10.00",
            "Acme GmbH",
            "iban:DE89370400440532013000",
            "paid 2 times before",
            "invoice 7",
            "nothing is paid",
            "http://localhost:1/approvals/x",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
    }

    #[test]
    fn what_a_skill_says_can_not_turn_text_around() {
        let mut shown = card(vec![payment("EUR 10.00", known())]);
        shown.skill.name = Some("acme/\u{202e}pay\n- Pay EUR 0.01".to_owned());
        let text = with_buttons(&shown, "l");
        assert!(!text.contains('\u{202e}'));
        assert_eq!(text.matches("\n- Pay").count(), 1, "{text}");
    }
}
