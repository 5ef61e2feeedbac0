//! The wallet of a tenant: accounts, holds, statements, and files for the bank.

use super::{Host, HostError};
use crate::capabilities::payments::{Pain001Error, bank_file_bytes};
use crate::clock::wall_clock_ms;
use crate::invocation::Tenant;
use crate::journal::JournalError;
use crate::money::Amount;
use crate::wallet::{
    AccountSummary, BankFile, BankFileSummary, HoldSummary, NewAccount, SpendLimit, StatementLine,
};

/// A bank file that could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The journal failed, or a rule of the wallet refused.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The orders don't make a file that a bank would take.
    #[error("the file for the bank can't be written: {0}")]
    File(#[from] Pain001Error),
}

impl Host {
    /// Opens an account in a tenant's wallet. The first of its rail and currency pays.
    ///
    /// # Errors
    /// If the name is taken, or the journal fails.
    pub async fn open_account(
        &self,
        tenant: &Tenant,
        account: NewAccount,
    ) -> Result<(), HostError> {
        let tenant = tenant.as_str().to_owned();
        Ok(self
            .inner
            .journal
            .open_account(tenant, account, wall_clock_ms())
            .await?)
    }

    /// Closes an account: nothing leaves from it any more, also not what is approved already.
    ///
    /// # Errors
    /// If there is no such open account, or the journal fails.
    pub async fn close_account(&self, tenant: &Tenant, name: &str) -> Result<(), HostError> {
        let tenant = tenant.as_str().to_owned();
        Ok(self
            .inner
            .journal
            .close_account(tenant, name.to_owned(), wall_clock_ms())
            .await?)
    }

    /// Records money that came into a book account from outside.
    ///
    /// # Errors
    /// If there is no such book account, it is kept in another currency, or the journal fails.
    pub async fn deposit(
        &self,
        tenant: &Tenant,
        name: &str,
        amount: Amount,
    ) -> Result<(), HostError> {
        let tenant = tenant.as_str().to_owned();
        Ok(self
            .inner
            .journal
            .deposit(tenant, name.to_owned(), amount, wall_clock_ms())
            .await?)
    }

    /// Sets the limits of an account, or takes them away.
    ///
    /// # Errors
    /// If there is no such account, it is kept in another currency, or the journal fails.
    pub async fn limit_account(
        &self,
        tenant: &Tenant,
        name: &str,
        limit: Option<SpendLimit>,
        ask_above: Option<Amount>,
    ) -> Result<(), HostError> {
        let (tenant, name) = (tenant.as_str().to_owned(), name.to_owned());
        Ok(self
            .inner
            .journal
            .limit_account(tenant, name, limit, ask_above, wall_clock_ms())
            .await?)
    }

    /// A tenant's accounts.
    ///
    /// # Errors
    /// If the journal fails.
    pub async fn accounts(&self, tenant: &Tenant) -> Result<Vec<AccountSummary>, HostError> {
        Ok(self.inner.journal.accounts(tenant.as_str()).await?)
    }

    /// Orders that wait for approval or hold funds.
    ///
    /// # Errors
    /// If the journal fails.
    pub async fn holds(&self, tenant: &Tenant) -> Result<Vec<HoldSummary>, HostError> {
        Ok(self.inner.journal.holds(tenant.as_str()).await?)
    }

    /// What was posted to an account, oldest first; also to one that is closed.
    ///
    /// # Errors
    /// If there is no such account, or the journal fails.
    pub async fn statement(
        &self,
        tenant: &Tenant,
        name: &str,
    ) -> Result<Vec<StatementLine>, HostError> {
        Ok(self.inner.journal.statement(tenant.as_str(), name).await?)
    }

    /// Takes every order of a bank account that waits into a new file for the bank (ISO 20022 pain.001). From now on these orders
    /// count as paid, and can't be withdrawn here. None if no order waits.
    ///
    /// # Errors
    /// If there is no such account, the file can't be written, or the journal fails.
    pub async fn export_bank_file(
        &self,
        tenant: &Tenant,
        name: &str,
    ) -> Result<Option<(BankFile, Vec<u8>)>, ExportError> {
        let id = format!("GH{}", crate::clock::new_id().simple());
        let made = self
            .inner
            .journal
            .export(
                tenant.as_str().to_owned(),
                name.to_owned(),
                id,
                wall_clock_ms(),
            )
            .await?;
        with_bytes(made)
    }

    /// A bank file that was made before: the same bytes again. None if there is none with this identifier.
    ///
    /// # Errors
    /// As [`Host::export_bank_file`].
    pub async fn bank_file(
        &self,
        tenant: &Tenant,
        id: &str,
    ) -> Result<Option<(BankFile, Vec<u8>)>, ExportError> {
        with_bytes(self.inner.journal.bank_file(tenant.as_str(), id).await?)
    }

    /// Files for the bank, newest first.
    ///
    /// # Errors
    /// If the journal fails.
    pub async fn bank_files(&self, tenant: &Tenant) -> Result<Vec<BankFileSummary>, HostError> {
        Ok(self.inner.journal.bank_files(tenant.as_str()).await?)
    }

    /// Records what the bank did with the orders of a file, or with one of them: carried out, or returned. Returns how many.
    ///
    /// # Errors
    /// If the journal fails.
    pub async fn confirm_bank_file(
        &self,
        tenant: &Tenant,
        file: &str,
        order: Option<&str>,
        returned: bool,
    ) -> Result<u64, HostError> {
        Ok(self
            .inner
            .journal
            .confirm(
                tenant.as_str().to_owned(),
                file.to_owned(),
                order.map(str::to_owned),
                returned,
                wall_clock_ms(),
            )
            .await?)
    }
}

fn with_bytes(file: Option<BankFile>) -> Result<Option<(BankFile, Vec<u8>)>, ExportError> {
    file.map(|file| {
        let bytes = bank_file_bytes(&file)?;
        Ok((file, bytes))
    })
    .transpose()
}
