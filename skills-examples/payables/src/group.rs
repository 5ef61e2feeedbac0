//! Which invoices and credits are settled together.

use guildhall_sdk::Refusal;

use crate::memory::{Accounts, History};
use crate::net::{Credit, net};
use crate::payable::Payable;
use crate::settlement::Settlement;
use crate::sort;

/// An invoice with the account that it is paid at.
#[derive(Clone, Debug)]
pub struct Due {
    /// The invoice.
    pub invoice: Payable,
    /// IBAN.
    pub account: String,
    /// What is known of the account.
    pub history: History,
}

/// A credit, and why the rest of it stays open, if it does.
#[derive(Clone, Debug)]
pub struct Open {
    /// The credit. Its amount is what is open of it.
    pub credit: Payable,
    /// Why.
    pub why: Why,
}

/// Why a credit stays open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// There is no invoice of its seller, account and currency left.
    NoInvoice,
    /// The seller owes as much as the invoices ask for, or more.
    CreditExceeds,
    /// It cannot be set off without leaving an invoice nothing to pay.
    TooLarge,
    /// Its seller is paid at several accounts, and it does not say to which of them it belongs.
    SeveralAccounts,
}

/// Invoices and credits of one seller, account and currency.
#[derive(Clone, Debug, Default)]
pub struct Group {
    /// IBAN that is paid to.
    pub account: String,
    /// What is still to be paid, the oldest first.
    pub invoices: Vec<Due>,
    /// What is set off, the oldest first.
    pub credits: Vec<Open>,
}

impl Due {
    /// With the only account that the invoice names, or the only one of them that was paid before; none if nobody can tell which one
    /// is meant.
    ///
    /// # Errors
    /// The host's refusal.
    pub fn of(invoice: &Payable, accounts: Accounts) -> Result<Option<Self>, Refusal> {
        let mut dues = Vec::new();
        for account in &invoice.accounts {
            dues.push(Due {
                invoice: invoice.clone(),
                account: account.clone(),
                history: accounts.history(&invoice.sellers, account)?,
            });
        }
        if dues.len() > 1 {
            dues.retain(|due| due.history == History::Known);
        }
        Ok(dues.pop().filter(|_| dues.is_empty()))
    }
}

impl Group {
    /// Brings together what belongs together; and the credits that belong to nothing.
    pub fn all(dues: Vec<Due>, credits: Vec<Payable>) -> (Vec<Group>, Vec<Open>) {
        let mut groups: Vec<Group> = Vec::new();
        for due in dues {
            let same =
                |group: &&mut Group| group.account == due.account && group.settles(&due.invoice);
            match groups.iter_mut().find(same) {
                Some(group) => group.invoices.push(due),
                None => groups.push(Group {
                    account: due.account.clone(),
                    invoices: vec![due],
                    credits: Vec::new(),
                }),
            }
        }
        let mut lonely = Vec::new();
        for credit in credits {
            match place(&mut groups, &credit) {
                Ok(group) => group.credits.push(Open {
                    credit,
                    why: Why::NoInvoice,
                }),
                Err(why) => lonely.push(Open { credit, why }),
            }
        }
        for group in &mut groups {
            sort(&mut group.invoices, |a, b| {
                a.invoice.issued < b.invoice.issued
            });
            sort(&mut group.credits, |a, b| a.credit.issued < b.credit.issued);
        }
        (groups, lonely)
    }

    /// Takes out the oldest invoice, with what its payment settles if all credits are set off against all invoices. None if no
    /// invoice is left, or the seller owes as much as they ask for: they stay.
    ///
    /// What the credits lose is taken off by [`Group::used`] only, so that the credits of an invoice that cannot be paid are used
    /// for the others.
    pub fn next_due(&mut self) -> Option<(Due, Settlement)> {
        let first = self.invoices.first()?;
        let Some(portions) = self.portions() else {
            self.credits
                .iter_mut()
                .for_each(|open| open.why = Why::CreditExceeds);
            return None;
        };
        for (position, open) in self.credits.iter_mut().enumerate() {
            let mut used = portions.iter().flatten();
            open.why = match used.any(|(credit, _)| *credit == position) {
                true => Why::NoInvoice,
                false => Why::TooLarge,
            };
        }
        let used = portions.first().into_iter().flatten();
        let used = used.filter_map(|(position, minor)| {
            let open = self.credits.get(*position)?;
            Some((open.credit.clone(), *minor))
        });
        let settlement = Settlement::of(&first.invoice, used.collect());
        Some((self.invoices.remove(0), settlement))
    }

    /// Takes off credits what a payment has used of them.
    pub fn used(&mut self, settlement: &Settlement) {
        for (used, minor) in &settlement.credits {
            let mut credits = self.credits.iter_mut();
            if let Some(open) = credits.find(|open| open.credit.path == used.path) {
                open.credit.minor -= minor;
            }
        }
    }

    /// Whether a document is of its seller and currency.
    fn settles(&self, other: &Payable) -> bool {
        let same =
            |due: &Due| due.invoice.currency == other.currency && due.invoice.same_seller(other);
        self.invoices.iter().any(same)
    }

    /// For each invoice the credits that reduce it.
    fn portions(&self) -> Option<Vec<Vec<(usize, i64)>>> {
        let invoices = self.invoices.iter();
        let minors: Vec<_> = invoices.map(|due| due.invoice.minor).collect();
        let credit = |Open { credit, .. }: &Open| Credit {
            minor: credit.minor,
            preferred: (self.invoices.iter())
                .position(|due| credit.preceding.contains(&due.invoice.number_key)),
        };
        let credits: Vec<_> = self.credits.iter().map(credit).collect();
        net(&minors, &credits)
    }
}

/// The group that a credit belongs to. Nothing is paid to a credit's account, but where it names one, it says which invoices are
/// meant.
fn place<'g>(groups: &'g mut [Group], credit: &Payable) -> Result<&'g mut Group, Why> {
    let mut of_seller: Vec<_> = groups
        .iter_mut()
        .filter(|group| group.settles(credit))
        .collect();
    let only = |test: &dyn Fn(&Due) -> bool| {
        let fits = |group: &&mut Group| group.invoices.iter().any(test);
        let first = of_seller.iter().position(fits)?;
        (of_seller.iter().rposition(fits) == Some(first)).then_some(first)
    };
    if of_seller.is_empty() {
        return Err(Why::NoInvoice);
    }
    let position = only(&|due| credit.preceding.contains(&due.invoice.number_key))
        .or_else(|| only(&|due| credit.accounts.contains(&due.account)))
        .or_else(|| only(&|_| true))
        .ok_or(Why::SeveralAccounts)?;
    Ok(of_seller.swap_remove(position))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use guildhall_sdk::testing::FakeHost;

    use super::*;

    const PAID: Accounts = Accounts::below("paid");

    fn payable(path: &str, minor: i64) -> Payable {
        let text = include_bytes!("../../invoices/de-01-two-rates.xml");
        let document = guildhall_invoice::read(text).unwrap();
        let (payable, _) = Payable::of(path, text, &document);
        Payable {
            minor,
            number_key: path.to_owned(),
            ..payable
        }
    }

    fn due(path: &str, minor: i64, account: &str) -> Due {
        Due {
            invoice: payable(path, minor),
            account: account.to_owned(),
            history: History::Known,
        }
    }

    #[test]
    fn of_several_accounts_only_the_one_that_is_known_is_chosen() {
        let _host = FakeHost::new();
        let one = payable("a", 1);
        let chosen = |invoice: &Payable| Due::of(invoice, PAID).unwrap().map(|due| due.account);
        assert_eq!(chosen(&one).as_ref(), one.accounts.first());
        let two = Payable {
            accounts: vec!["A".to_owned(), "B".to_owned()],
            ..one
        };
        assert_eq!(chosen(&two), None);
        PAID.remember(&two.sellers, "B").unwrap();
        assert_eq!(chosen(&two).as_deref(), Some("B"));
        PAID.remember(&two.sellers, "A").unwrap();
        assert_eq!(chosen(&two), None);
    }

    #[test]
    fn a_credit_belongs_to_what_it_names_and_is_not_guessed() {
        let dues = || vec![due("a", 100, "A"), due("b", 100, "B")];
        let credit = payable("c", 10);
        let (_, lonely) = Group::all(dues(), vec![credit.clone()]);
        assert_eq!(lonely[0].why, Why::SeveralAccounts);
        for named in [
            Payable {
                preceding: vec!["b".to_owned()],
                ..credit.clone()
            },
            Payable {
                accounts: vec!["B".to_owned()],
                ..credit.clone()
            },
        ] {
            let (groups, lonely) = Group::all(dues(), vec![named]);
            assert!(lonely.is_empty() && groups[0].credits.is_empty());
            assert_eq!(groups[1].credits.len(), 1);
        }
        let (groups, lonely) = Group::all(Vec::new(), vec![credit]);
        assert!(groups.is_empty());
        assert_eq!(lonely[0].why, Why::NoInvoice);
    }

    #[test]
    fn what_is_not_used_is_set_off_against_the_next() {
        let dues = vec![due("a", 100, "A"), due("b", 50, "A")];
        let (mut groups, _) = Group::all(dues, vec![payable("c", 30)]);
        let group = &mut groups[0];
        let (first, settlement) = group.next_due().unwrap();
        assert_eq!((first.account.as_str(), settlement.paid.minor), ("A", 70));
        // It was not paid, so nothing was used.
        let (_, settlement) = group.next_due().unwrap();
        assert_eq!(settlement.paid.minor, 20);
        group.used(&settlement);
        assert_eq!(group.credits[0].credit.minor, 0);
        assert!(group.next_due().is_none());
    }

    #[test]
    fn a_seller_that_owes_as_much_keeps_its_invoices_open() {
        let (mut groups, _) = Group::all(vec![due("a", 100, "A")], vec![payable("c", 100)]);
        assert!(groups[0].next_due().is_none());
        assert_eq!(groups[0].invoices.len(), 1);
        assert_eq!(groups[0].credits[0].why, Why::CreditExceeds);
    }
}
