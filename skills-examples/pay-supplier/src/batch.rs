//! The documents of one run seen together: duplicates, accounts, and who is paid with what.

use guildhall_sdk::Refusal;

use crate::bindings::{
    AccountHistory, DocumentKind, FlagCode, OpenCode, Reason, RefusedCode, RefusedDocument,
};
use crate::claim::{Claim, reason};
use crate::input::Input;
use crate::memory;
use crate::order;

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

/// Invoices and credits of one seller, account and currency.
#[derive(Clone, Debug, Default)]
pub struct Group {
    /// Oldest first. Never empty.
    pub invoices: Vec<Due>,
    /// Oldest first.
    pub credits: Vec<Claim>,
}

/// A credit that belongs to no group.
pub type Lonely = (Claim, OpenCode);

/// Takes out what an earlier run has ordered.
pub fn not_ordered_before(
    claims: Vec<Claim>,
    input: &Input,
    refused: &mut Vec<RefusedDocument>,
) -> Result<Vec<Claim>, Refusal> {
    let mut left = Vec::new();
    for mut claim in claims {
        let earlier = memory::earlier(&claim)?;
        match earlier {
            None => left.push(claim),
            Some(_) if input.again.contains(&claim.path) => left.push(claim),
            Some(earlier)
                if claim.kind == DocumentKind::Credit && earlier.same_file && earlier.open > 0 =>
            {
                claim.minor = earlier.open.min(claim.minor);
                left.push(claim);
            }
            Some(earlier) => {
                let what = match (earlier.same_file, claim.kind) {
                    (true, DocumentKind::Invoice) => "This very file was ordered",
                    (true, DocumentKind::Credit) => "This very file was set off",
                    (false, _) => "Another file with this seller and number was ordered or set off",
                };
                refused.push(claim.refused(vec![reason(
                    RefusedCode::OrderedBefore,
                    format!(
                        "{what} in the run of {}. If that was never paid, for example because the bank refused, pass its path as `again`.",
                        earlier.when
                    ),
                )]));
            }
        }
    }
    Ok(left)
}

/// Takes out duplicates. Of documents that ask for the same, the first by path counts; of documents with one seller and number
/// that ask for different things, none does, because nobody but the seller can tell which is right.
pub fn distinct(claims: Vec<Claim>, refused: &mut Vec<RefusedDocument>) -> Vec<Claim> {
    let mut verdicts: Vec<Option<Reason>> = vec![None; claims.len()];
    for (later, claim) in claims.iter().enumerate() {
        for (earlier, other) in claims.iter().enumerate().take(later) {
            if !claim
                .identities
                .iter()
                .any(|identity| other.identities.contains(identity))
            {
                continue;
            }
            if asks_the_same(claim, other) {
                set(&mut verdicts, later, duplicate(&other.path), false);
            } else {
                set(&mut verdicts, later, contradiction(&other.path), true);
                set(&mut verdicts, earlier, contradiction(&claim.path), true);
            }
        }
    }
    let mut left = Vec::new();
    for (claim, verdict) in claims.into_iter().zip(verdicts) {
        match verdict {
            None => left.push(claim),
            Some(reason) => refused.push(claim.refused(vec![reason])),
        }
    }
    left
}

fn set(verdicts: &mut [Option<Reason>], position: usize, reason: Reason, replace: bool) {
    if let Some(verdict) = verdicts.get_mut(position)
        && (replace || verdict.is_none())
    {
        *verdict = Some(reason);
    }
}

fn asks_the_same(a: &Claim, b: &Claim) -> bool {
    (a.kind, a.minor, &a.currency, &a.accounts) == (b.kind, b.minor, &b.currency, &b.accounts)
}

fn duplicate(path: &str) -> Reason {
    reason(
        RefusedCode::Duplicate,
        format!("It has the seller and number of `{path}` and asks for the same: that one counts."),
    )
}

fn contradiction(path: &str) -> Reason {
    reason(
        RefusedCode::Contradiction,
        format!(
            "It has the seller and number of `{path}`, but another amount, currency or account. Neither is paid: ask the seller which is right, and not by replying to either."
        ),
    )
}

/// Chooses accounts and brings together what belongs together.
pub fn groups(
    claims: Vec<Claim>,
    refused: &mut Vec<RefusedDocument>,
) -> Result<(Vec<Group>, Vec<Lonely>), Refusal> {
    let (invoices, mut credits): (Vec<_>, Vec<_>) = claims
        .into_iter()
        .partition(|claim| claim.kind == DocumentKind::Invoice);
    let mut dues = Vec::new();
    for claim in invoices {
        match choose(&claim)? {
            Some((account, history)) => dues.push(Due { claim, account, history }),
            None => refused.push(claim.refused(vec![reason(
                RefusedCode::SeveralAccounts,
                format!(
                    "It names {} accounts, and not exactly one of them was paid before: nobody but the seller can tell which one is meant.",
                    claim.accounts.len()
                ),
            )])),
        }
    }
    flag_accounts(&mut dues);
    let mut groups: Vec<Group> = Vec::new();
    for due in dues {
        let of_payee = |group: &&mut Group| {
            group.invoices.iter().any(|other| {
                other.account == due.account
                    && other.claim.currency == due.claim.currency
                    && other.claim.same_seller(&due.claim)
            })
        };
        match groups.iter_mut().find(of_payee) {
            Some(group) => group.invoices.push(due),
            None => groups.push(Group {
                invoices: vec![due],
                credits: Vec::new(),
            }),
        }
    }
    order::sort(&mut credits, |a, b| a.issued < b.issued);
    let mut lonely = Vec::new();
    for credit in credits {
        match place(&groups, &credit) {
            Ok(position) => groups
                .get_mut(position)
                .map(|group| group.credits.push(credit))
                .unwrap_or_default(),
            Err(code) => lonely.push((credit, code)),
        }
    }
    for group in &mut groups {
        order::sort(&mut group.invoices, |a, b| a.claim.issued < b.claim.issued);
    }
    Ok((groups, lonely))
}

/// The only account that the invoice names, or the only one of them that was paid before.
fn choose(claim: &Claim) -> Result<Option<(String, AccountHistory)>, Refusal> {
    let mut histories = Vec::new();
    for account in &claim.accounts {
        histories.push((account.clone(), memory::history(&claim.sellers, account)?));
    }
    if histories.len() > 1 {
        histories.retain(|(_, history)| *history == AccountHistory::Known);
    }
    Ok(histories.pop().filter(|_| histories.is_empty()))
}

/// An account that is new while the seller has, or names, another one is how invoice fraud looks.
fn flag_accounts(dues: &mut [Due]) {
    let all: Vec<_> = dues.to_vec();
    for due in dues {
        let differs = all
            .iter()
            .any(|other| other.account != due.account && other.claim.same_seller(&due.claim));
        let message = match due.history {
            AccountHistory::Known => continue,
            AccountHistory::Changed => {
                "This seller was paid at another account before. Ask the seller whether it has changed, by a telephone number that you know, before you approve this."
            }
            AccountHistory::FirstPayment if differs => {
                "The seller's invoices in this folder name different accounts. Ask the seller which is right, by a telephone number that you know, before you approve this."
            }
            AccountHistory::FirstPayment => continue,
        };
        due.claim
            .flags
            .push((FlagCode::ChangedAccount, message.to_owned()));
    }
}

/// The group that a credit belongs to. Nothing is paid to a credit's account, but where it names one, it says which invoices are
/// meant.
fn place(groups: &[Group], credit: &Claim) -> Result<usize, OpenCode> {
    let of_seller: Vec<_> = groups
        .iter()
        .enumerate()
        .filter(|(_, group)| {
            let same =
                |due: &Due| due.claim.currency == credit.currency && due.claim.same_seller(credit);
            group.invoices.iter().any(same)
        })
        .collect();
    let only = |test: &dyn Fn(&Due) -> bool| {
        let mut fitting = of_seller
            .iter()
            .filter(|(_, group)| group.invoices.iter().any(test));
        let (position, _) = fitting.next()?;
        fitting.next().is_none().then_some(*position)
    };
    if of_seller.is_empty() {
        return Err(OpenCode::NoInvoice);
    }
    only(&|due| credit.preceding.contains(&due.claim.number_key))
        .or_else(|| only(&|due| credit.accounts.contains(&due.account)))
        .or_else(|| only(&|_| true))
        .ok_or(OpenCode::SeveralAccounts)
}
