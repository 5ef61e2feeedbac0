//! The wallet and the channels of a case: whatever its grants need, and nothing that is real.

use super::case::Case;
use guildhall_host::{Amount, Binding, ChannelConfig, Host, NewAccount, NewSecret, Tenant};
use std::collections::BTreeMap;

/// An IBAN out of the registry's examples (SWIFT, public): the account that cases pay from.
const OWN_IBAN: &str = "DE89370400440532013000";
/// What a case's book account holds, in minor units.
const FUNDS: i64 = 1_000_000_000;
/// A key that signs nothing that leaves.
const KEY: &str = "golden-cases-sign-nothing-that-leaves";

/// Opens an account at a bank and one in the book for each currency that a case may pay in, and sets up its channels.
///
/// # Errors
/// If the host refuses.
pub async fn prepare(
    host: &Host,
    tenant: &Tenant,
    case: &Case,
    number: usize,
    nowhere: &str,
) -> Result<(), String> {
    let currencies: BTreeMap<&str, _> = case
        .pay
        .iter()
        .map(|grant| (grant.ceiling.currency.code(), grant.ceiling.currency))
        .collect();
    for (_, currency) in currencies {
        let code = currency.code().to_lowercase();
        let bank = NewAccount::bank(
            &format!("bank-{code}"),
            currency,
            "UTC",
            OWN_IBAN,
            None,
            "Golden case",
        )
        .map_err(|error| error.to_string())?;
        // Names of book accounts are those of the host, and cases share it.
        let till = format!("till-{number}-{code}");
        let book = NewAccount::book(&till, currency, "UTC").map_err(|error| error.to_string())?;
        for account in [bank, book] {
            host.open_account(tenant, account)
                .await
                .map_err(|error| error.to_string())?;
        }
        let funds = Amount {
            minor: FUNDS,
            currency,
        };
        host.deposit(tenant, &till, funds)
            .await
            .map_err(|error| error.to_string())?;
    }
    let no_binding: Option<Binding> = None;
    for grant in &case.message {
        let secret = NewSecret {
            name: grant.channel.clone(),
            bound: no_binding.clone(),
            value: KEY.to_owned().into(),
        };
        host.set_secret(tenant, secret)
            .await
            .map_err(|error| error.to_string())?;
        let config = ChannelConfig::Webhook {
            url: format!("https://{nowhere}/{}", grant.channel),
            secret: grant.channel.clone(),
        };
        host.set_channel(tenant, &grant.channel, config)
            .await
            .map_err(|error| error.to_string())?;
    }
    Ok(())
}
