//! What is asked of a marketplace about money: each request signed by this host, each answer verified before it is used.

use super::store::Kept;
use crate::error::CliError;
use crate::host;
use crate::market::Market;
use crate::market::http::Method;
use crate::when::now_ms;
use guildhall_host::{Credited, Host, PublicKey, Refund, Tenant};
use guildhall_package::market::money::document::verify;
use guildhall_package::market::money::{
    CancelAnswer, CancelRequest, CreditNote, Document, Licence, LicenceAnswer, Order, OwnDocument,
    RefundAnswer, RefundRequest, RenewRequest, SignedRequest,
};
use guildhall_package::text::plain;
use guildhall_package::trust::root::TrustedRoot;
use guildhall_package::{Digest, SkillName};

/// Who sells: a marketplace, by what is pinned of it.
#[derive(Debug, Clone)]
pub struct Seller {
    /// As its users call it.
    pub label: String,
    /// Its identity.
    pub origin: String,
    /// The key that signs its documents.
    pub key: PublicKey,
}

impl Seller {
    /// The seller that a root file stands for.
    #[must_use]
    pub fn of(market: &Market, root: &TrustedRoot) -> Self {
        Self {
            label: market.place().label(),
            origin: root.file().origin.clone(),
            key: *root.file().log.key(),
        }
    }

    /// The seller as it is pinned; none before the first contact.
    ///
    /// # Errors
    /// If what was kept is damaged.
    pub fn pinned(market: &Market) -> Result<Option<Self>, CliError> {
        let trust = market.pinned()?;
        Ok(trust.map(|trust| Self::of(market, &trust.root)))
    }

    /// Reads what the marketplace signed.
    ///
    /// # Errors
    /// If it did not, or it is of another kind.
    pub fn read<D: Document>(&self, text: &str) -> Result<D, CliError> {
        verify(text.as_bytes(), &self.key, &self.origin).map_err(|error| {
            CliError::unverified(format!(
                "{} answered with what is not {} that it signed: {}",
                plain(&self.label, 200),
                D::WHAT,
                plain(&error.to_string(), 300)
            ))
            .kind("licence.answer")
            .fix("nothing was paid for it; ask the marketplace's operator by another way")
        })
    }
}

/// Who buys: this host, at a marketplace.
#[derive(Clone, Copy)]
pub struct Merchant<'a> {
    /// The host that pays and signs.
    pub host: &'a Host,
    /// Where.
    pub market: &'a Market,
    /// Who sells.
    pub seller: &'a Seller,
}

impl Merchant<'_> {
    /// Its key: whoever has it is the merchant.
    #[must_use]
    pub fn key(&self) -> PublicKey {
        self.host.receipt_key()
    }

    /// Insists that a licence is for this host, this skill and this order.
    ///
    /// # Errors
    /// If it is not.
    pub fn check_licence(
        &self,
        licence: &Licence,
        skill: &SkillName,
        order: Option<&Digest>,
    ) -> Result<(), CliError> {
        let good = licence.merchant == self.key()
            && licence.skill == *skill
            && order.is_none_or(|order| licence.order == *order);
        if good {
            return Ok(());
        }
        Err(CliError::unverified(format!(
            "{} answered with a licence for somebody or something else",
            plain(&self.seller.label, 200)
        ))
        .kind("licence.answer")
        .fix("ask the marketplace's operator; nothing was changed here"))
    }

    /// Insists that an order is for this host and this skill.
    ///
    /// # Errors
    /// If it is not.
    pub fn expect_order(&self, order: &Order, skill: &SkillName) -> Result<(), CliError> {
        if order.facts.merchant == self.key() && order.facts.skill == *skill {
            return Ok(());
        }
        Err(CliError::unverified(format!(
            "{} answered with an order of somebody else or for something else",
            plain(&self.seller.label, 200)
        ))
        .kind("licence.answer")
        .fix("ask the marketplace's operator; nothing was paid"))
    }

    /// A licence that came in an answer.
    ///
    /// # Errors
    /// If it is not what was asked for.
    pub fn licence(
        &self,
        skill: &SkillName,
        order: Option<&Digest>,
        text: &str,
    ) -> Result<Licence, CliError> {
        let licence: Licence = self.seller.read(text)?;
        self.check_licence(&licence, skill, order)?;
        Ok(licence)
    }

    /// Keeps a licence that came in an answer.
    ///
    /// # Errors
    /// If it is not what was asked for, or can't be written.
    pub fn keep(
        &self,
        kept: &Kept,
        skill: &SkillName,
        order: Option<&Digest>,
        text: &str,
    ) -> Result<Licence, CliError> {
        let licence = self.licence(skill, order, text)?;
        kept.keep_licence(&licence.order, text.as_bytes())?;
        Ok(licence)
    }
}

/// A request as it is sent, signed by this host.
///
/// # Errors
/// If the host can't sign it.
pub fn signed<D: OwnDocument>(host: &Host, document: &D) -> Result<SignedRequest, CliError> {
    let envelope = host.sign_own(document).map_err(host::host_error)?;
    let request = String::from_utf8(envelope).map_err(host::fault)?;
    Ok(SignedRequest { request })
}

/// Fetches the licence of a paid order again, free of charge.
///
/// # Errors
/// If the marketplace refuses.
pub async fn refetch(
    merchant: Merchant<'_>,
    skill: &SkillName,
    order: &Digest,
) -> Result<Licence, CliError> {
    let request = RenewRequest {
        origin: merchant.seller.origin.clone(),
        order: *order,
        merchant: merchant.key(),
        at: now_ms(),
    };
    let answer: LicenceAnswer = merchant
        .market
        .http
        .send(
            Method::POST,
            "/api/v1/licences/renew",
            &signed(merchant.host, &request)?,
        )
        .await?;
    let kept = Kept::of(merchant.market, skill);
    merchant.keep(&kept, skill, Some(order), &answer.licence)
}

/// Tells the marketplace that no further month is wanted. Returns until when what is paid can be used, in milliseconds since the
/// Unix epoch.
///
/// # Errors
/// If it can't be told, or refuses.
pub async fn cancel(merchant: Merchant<'_>, skill: &SkillName) -> Result<i64, CliError> {
    let request = CancelRequest {
        origin: merchant.seller.origin.clone(),
        skill: skill.clone(),
        merchant: merchant.key(),
        at: now_ms(),
    };
    let answer: CancelAnswer = merchant
        .market
        .http
        .send(
            Method::POST,
            "/api/v1/licences/cancel",
            &signed(merchant.host, &request)?,
        )
        .await?;
    Ok(answer.paid_until)
}

/// Asks for the money of an order back, and credits what comes. However often it is asked, it comes back once.
///
/// # Errors
/// If the marketplace refuses, or the credit note is not of this order.
pub async fn refund(
    merchant: Merchant<'_>,
    skill: &SkillName,
    order: &Order,
) -> Result<(CreditNote, Credited), CliError> {
    let (tenant, seller) = (Tenant::local(), merchant.seller);
    let count = merchant
        .host
        .run_count(
            &tenant,
            &skill.to_string(),
            &seller.label,
            order.covers.from,
        )
        .await
        .map_err(host::host_error)?;
    let request = RefundRequest {
        origin: seller.origin.clone(),
        order: order.id,
        merchant: merchant.key(),
        runs: count.runs,
        // Runs that were removed from the journal may have been until now.
        last_run: (count.runs > 0).then(|| count.last_ms.unwrap_or_else(now_ms)),
        at: now_ms(),
    };
    let path = format!("/api/v1/orders/{}/refund", order.id);
    let answer: RefundAnswer = merchant
        .market
        .http
        .send(Method::POST, &path, &signed(merchant.host, &request)?)
        .await?;
    let note: CreditNote = seller.read(&answer.credit_note)?;
    if note.order != order.id || note.merchant != merchant.key() || note.payee != order.payee {
        return Err(CliError::unverified(format!(
            "{} answered with a credit note of another order",
            plain(&seller.label, 200)
        ))
        .kind("licence.answer")
        .fix("ask the marketplace's operator; nothing was credited"));
    }
    // Kept last: without it the same order is asked about again, and what is credited is found.
    let credited = credit(merchant.host, order, &note).await?;
    Kept::of(merchant.market, skill).keep_credit(&order.id, answer.credit_note.as_bytes())?;
    Ok((note, credited))
}

/// Books a credit note, once.
///
/// # Errors
/// If more would come back than was paid, or the journal fails.
async fn credit(host: &Host, order: &Order, note: &CreditNote) -> Result<Credited, CliError> {
    let refund = Refund {
        payee: order.account().to_owned(),
        document: order.reference.clone(),
        note: note.id.to_string(),
        amount: note.amount,
    };
    host.credit_refund(&Tenant::local(), &refund)
        .await
        .map_err(host::host_error)
}
