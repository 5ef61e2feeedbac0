//! The documents of one run seen together: what was ordered before, duplicates, and accounts.

use guildhall_payables::{Due, Group, History, Open, Payable};
use guildhall_sdk::Refusal;

use crate::bindings::{FlagCode, Reason, RefusedCode};
use crate::claim::{flag, reason};
use crate::input::Input;
use crate::stage::Run;
use crate::{ORDERED, PAID};

/// Takes out what must not be paid now, chooses accounts, and brings together what belongs together; and the credits that belong to
/// nothing.
pub fn sort_out(
    payables: Vec<Payable>,
    input: &Input,
    run: &mut Run,
) -> Result<(Vec<Group>, Vec<Open>), Refusal> {
    let mut new = Vec::new();
    for mut payable in payables {
        match ordered_before(&mut payable, input)? {
            Some(reason) => run.take_out(&payable, reason),
            None => new.push(payable),
        }
    }
    let (mut dues, mut credits) = (Vec::new(), Vec::new());
    for (position, payable) in new.iter().enumerate() {
        if let Some(reason) = repeated(payable, new.get(..position).unwrap_or_default(), &new) {
            run.take_out(payable, reason);
        } else if payable.is_credit {
            credits.push(payable.clone());
        } else if let Some(due) = Due::of(payable, PAID)? {
            dues.push(due);
        } else {
            let message = format!(
                "It names {} accounts, and not exactly one of them was paid before: nobody but the seller can tell which one is meant.",
                payable.accounts.len()
            );
            run.take_out(payable, reason(RefusedCode::SeveralAccounts, message));
        }
    }
    for due in &dues {
        if let Some(message) = suspicion(due, &dues) {
            let flag = flag(&due.invoice, FlagCode::ChangedAccount, message);
            run.flagged.push(flag);
        }
    }
    Ok(Group::all(dues, credits))
}

/// Why an earlier run keeps a document from being ordered. Of a credit that was used in part, the rest is open.
fn ordered_before(payable: &mut Payable, input: &Input) -> Result<Option<Reason>, Refusal> {
    let Some(earlier) = ORDERED.find(&payable.identities)? else {
        return Ok(None);
    };
    if input.again.contains(&payable.path) {
        return Ok(None);
    }
    let is_same = earlier.digest == payable.digest.hex();
    let open = earlier.note.parse().unwrap_or(0);
    if payable.is_credit && is_same && open > 0 {
        payable.minor = open.min(payable.minor);
        return Ok(None);
    }
    let what = match (is_same, payable.is_credit) {
        (true, false) => "This very file was ordered",
        (true, true) => "This very file was set off",
        (false, _) => "Another file with this seller and number was ordered or set off",
    };
    let message = format!(
        "{what} in the run of {}. If that was never paid, for example because the bank refused, pass its path as `again`.",
        earlier.when
    );
    Ok(Some(reason(RefusedCode::OrderedBefore, message)))
}

/// Why a document is not the one that counts. Of documents that ask for the same, the first by path counts; of documents with one
/// seller and number that ask for different things, none does, because nobody but the seller can tell which is right.
fn repeated(payable: &Payable, earlier: &[Payable], all: &[Payable]) -> Option<Reason> {
    let is_twin = |other: &&Payable| payable.same_document(other);
    let differs = |other: &&Payable| is_twin(other) && !payable.asks_the_same(other);
    if let Some(Payable { path, .. }) = all.iter().rfind(differs) {
        let message = format!(
            "It has the seller and number of `{path}`, but another amount, currency or account. Neither is paid: ask the seller which is right, and not by replying to either."
        );
        return Some(reason(RefusedCode::Contradiction, message));
    }
    let Payable { path, .. } = earlier.iter().find(is_twin)?;
    let message =
        format!("It has the seller and number of `{path}` and asks for the same: that one counts.");
    Some(reason(RefusedCode::Duplicate, message))
}

/// An account that is new while the seller has, or names, another one is how invoice fraud looks.
fn suspicion(due: &Due, all: &[Due]) -> Option<&'static str> {
    let differs =
        |other: &Due| other.account != due.account && other.invoice.same_seller(&due.invoice);
    match due.history {
        History::Changed => Some(
            "This seller was paid at another account before. Ask the seller whether it has changed, by a telephone number that you know, before you approve this.",
        ),
        History::FirstPayment if all.iter().any(differs) => Some(
            "The seller's invoices in this folder name different accounts. Ask the seller which is right, by a telephone number that you know, before you approve this.",
        ),
        History::Known | History::FirstPayment => None,
    }
}
