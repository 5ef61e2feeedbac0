//! The documents of one run seen together: what was ordered before, duplicates, accounts, and who is paid with what.

use guildhall_payables::{History, sort};
use guildhall_sdk::Refusal;

use crate::bindings::{
    AccountHistory, DocumentKind, FlagCode, OpenCode, Reason, RefusedCode, RefusedDocument,
};
use crate::claim::{Claim, reason};
use crate::input::Input;
use crate::{ORDERED, PAID};

/// An invoice with the account that it is paid at.
#[derive(Clone, Debug)]
pub struct Due {
    /// The invoice.
    pub claim: Claim,
    /// IBAN.
    pub account: String,
    /// What is known of the account.
    pub history: AccountHistory,
}

/// A credit, and why the rest of it stays open, if it does.
pub type Credit = (Claim, OpenCode);

/// Invoices and credits of one seller, account and currency.
#[derive(Clone, Debug, Default)]
pub struct Group {
    /// Oldest first. Never empty.
    pub invoices: Vec<Due>,
    /// Oldest first.
    pub credits: Vec<Credit>,
}

/// What can be paid, credits that belong to nothing that can, and what is refused.
pub type SortedOut = (Vec<Group>, Vec<Credit>, Vec<RefusedDocument>);

/// Takes out what must not be paid now, chooses accounts, and brings together what belongs together.
pub fn sort_out(
    claims: Vec<Claim>,
    mut refused: Vec<RefusedDocument>,
    input: &Input,
) -> Result<SortedOut, Refusal> {
    let mut new = Vec::new();
    for mut claim in claims {
        match ordered_before(&mut claim, input)? {
            Some(reason) => refused.push(claim.refused(vec![reason])),
            None => new.push(claim),
        }
    }
    let (mut dues, mut credits) = (Vec::new(), Vec::new());
    for (position, claim) in new.iter().enumerate() {
        if let Some(reason) = repeated(claim, position, &new) {
            refused.push(claim.refused(vec![reason]));
        } else if claim.payable.is_credit {
            credits.push(claim.clone());
        } else if let Some((account, history)) = choose(claim)? {
            let claim = claim.clone();
            dues.push(Due {
                claim,
                account,
                history,
            });
        } else {
            let message = format!(
                "It names {} accounts, and not exactly one of them was paid before: nobody but the seller can tell which one is meant.",
                claim.payable.accounts.len()
            );
            refused.push(claim.refused(vec![reason(RefusedCode::SeveralAccounts, message)]));
        }
    }
    flag_accounts(&mut dues);
    let (groups, lonely) = groups(dues, credits);
    Ok((groups, lonely, refused))
}

/// Why an earlier run keeps a document from being ordered. Of a credit that was used in part, the rest is open.
fn ordered_before(claim: &mut Claim, input: &Input) -> Result<Option<Reason>, Refusal> {
    let Some(earlier) = ORDERED.find(&claim.payable.identities)? else {
        return Ok(None);
    };
    if input.again.contains(&claim.path) {
        return Ok(None);
    }
    let is_same = earlier.digest == claim.digest.hex();
    let open = earlier.note.parse().unwrap_or(0);
    if claim.payable.is_credit && is_same && open > 0 {
        claim.payable.minor = open.min(claim.payable.minor);
        return Ok(None);
    }
    let what = match (is_same, claim.kind()) {
        (true, DocumentKind::Invoice) => "This very file was ordered",
        (true, DocumentKind::Credit) => "This very file was set off",
        (false, _) => "Another file with this seller and number was ordered or set off",
    };
    Ok(Some(reason(
        RefusedCode::OrderedBefore,
        format!(
            "{what} in the run of {}. If that was never paid, for example because the bank refused, pass its path as `again`.",
            earlier.when
        ),
    )))
}

/// Why a document is not the one that counts. Of documents that ask for the same, the first by path counts; of documents with one
/// seller and number that ask for different things, none does, because nobody but the seller can tell which is right.
fn repeated(claim: &Claim, position: usize, all: &[Claim]) -> Option<Reason> {
    let is_twin = |other: &&Claim| claim.payable.same_document(&other.payable);
    let differs = |other: &&Claim| is_twin(other) && !claim.payable.asks_the_same(&other.payable);
    if let Some(Claim { path, .. }) = all.iter().rfind(differs) {
        let message = format!(
            "It has the seller and number of `{path}`, but another amount, currency or account. Neither is paid: ask the seller which is right, and not by replying to either."
        );
        return Some(reason(RefusedCode::Contradiction, message));
    }
    let Claim { path, .. } = all.iter().take(position).find(is_twin)?;
    let message =
        format!("It has the seller and number of `{path}` and asks for the same: that one counts.");
    Some(reason(RefusedCode::Duplicate, message))
}

/// The only account that the invoice names, or the only one of them that was paid before.
fn choose(claim: &Claim) -> Result<Option<(String, AccountHistory)>, Refusal> {
    let mut histories = Vec::new();
    for account in &claim.payable.accounts {
        let history = match PAID.history(&claim.payable.sellers, account)? {
            History::FirstPayment => AccountHistory::FirstPayment,
            History::Known => AccountHistory::Known,
            History::Changed => AccountHistory::Changed,
        };
        histories.push((account.clone(), history));
    }
    if histories.len() > 1 {
        histories.retain(|(_, history)| *history == AccountHistory::Known);
    }
    Ok(histories.pop().filter(|_| histories.is_empty()))
}

/// An account that is new while the seller has, or names, another one is how invoice fraud looks.
fn flag_accounts(dues: &mut [Due]) {
    let all: Vec<_> = dues.to_vec();
    for Due {
        claim,
        account,
        history,
    } in dues
    {
        let differs = |other: &Due| {
            other.account != *account && other.claim.payable.same_seller(&claim.payable)
        };
        let message = match history {
            AccountHistory::Changed => {
                "This seller was paid at another account before. Ask the seller whether it has changed, by a telephone number that you know, before you approve this."
            }
            AccountHistory::FirstPayment if all.iter().any(differs) => {
                "The seller's invoices in this folder name different accounts. Ask the seller which is right, by a telephone number that you know, before you approve this."
            }
            AccountHistory::Known | AccountHistory::FirstPayment => continue,
        };
        claim.flag(FlagCode::ChangedAccount, message);
    }
}

/// Brings together what belongs together; and the credits that belong to nothing.
fn groups(dues: Vec<Due>, credits: Vec<Claim>) -> (Vec<Group>, Vec<Credit>) {
    let mut groups: Vec<Group> = Vec::new();
    for due in dues {
        let of_payee = |group: &&mut Group| {
            let same = |other: &Due| other.account == due.account && belongs(other, &due.claim);
            group.invoices.iter().any(same)
        };
        match groups.iter_mut().find(of_payee) {
            Some(group) => group.invoices.push(due),
            None => groups.push(Group {
                invoices: vec![due],
                credits: Vec::new(),
            }),
        }
    }
    let mut lonely = Vec::new();
    for credit in credits {
        match place(&mut groups, &credit) {
            Ok(group) => group.credits.push((credit, OpenCode::NoInvoice)),
            Err(code) => lonely.push((credit, code)),
        }
    }
    for Group { invoices, credits } in &mut groups {
        sort(invoices, |a, b| {
            a.claim.payable.issued < b.claim.payable.issued
        });
        sort(credits, |(a, _), (b, _)| {
            a.payable.issued < b.payable.issued
        });
    }
    (groups, lonely)
}

fn belongs(due: &Due, claim: &Claim) -> bool {
    let payable = &due.claim.payable;
    payable.currency == claim.payable.currency && payable.same_seller(&claim.payable)
}

/// The group that a credit belongs to. Nothing is paid to a credit's account, but where it names one, it says which invoices are
/// meant.
fn place<'g>(groups: &'g mut [Group], credit: &Claim) -> Result<&'g mut Group, OpenCode> {
    let credited = &credit.payable;
    let mut of_seller: Vec<_> = groups
        .iter_mut()
        .filter(|group| group.invoices.iter().any(|due| belongs(due, credit)))
        .collect();
    let only = |test: &dyn Fn(&Due) -> bool| {
        let fits = |group: &&mut Group| group.invoices.iter().any(test);
        let position = of_seller.iter().position(fits)?;
        let is_last = of_seller.iter().rposition(fits) == Some(position);
        is_last.then_some(position)
    };
    if of_seller.is_empty() {
        return Err(OpenCode::NoInvoice);
    }
    let position = only(&|due| credited.preceding.contains(&due.claim.payable.number_key))
        .or_else(|| only(&|due| credited.accounts.contains(&due.account)))
        .or_else(|| only(&|_| true))
        .ok_or(OpenCode::SeveralAccounts)?;
    Ok(of_seller.swap_remove(position))
}
