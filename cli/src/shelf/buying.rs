//! Buying for the console: what `guildhall buy` and `guildhall licences renew` do, asked on a page. Nobody decides here: a payment
//! waits on its card, and whoever approves it there has the licence fetched.

use super::HomeShelf;
use crate::approve::By;
use crate::error::CliError;
use crate::installed::Record;
use crate::licences::{
    Bought, Deciders, Gate, Judged, Kept, Merchant, Seller, Unlicensed, Wanted, buy, look,
    present_paid, standing_words, unlicensed, waiting,
};
use crate::market::Market;
use crate::market::release::skill;
use crate::market::watch::market_of;
use crate::source;
use guildhall_console::buying;
use guildhall_host::Host;
use guildhall_package::SkillName;
use guildhall_package::market::money::{Price, PriceModel, Standing};

/// An installed skill, and who sells it.
struct Sold {
    record: Record,
    market: Market,
    seller: Seller,
}

impl Sold {
    const fn merchant<'a>(&'a self, host: &'a Host) -> Merchant<'a> {
        Merchant {
            host,
            market: &self.market,
            seller: &self.seller,
        }
    }

    fn kept(&self) -> Kept {
        Kept::of(&self.market, &self.record.name)
    }
}

impl HomeShelf {
    /// Who sells an installed skill; none if its marketplace was never met.
    fn sold(&self, record: Record) -> Result<Option<Sold>, CliError> {
        let market = market_of(&self.home, &record)?;
        let seller = Seller::pinned(&market)?;
        Ok(seller.map(|seller| Sold {
            record,
            market,
            seller,
        }))
    }

    /// The same for a skill by its name, where something is to be bought.
    fn for_sale(&self, name: &SkillName) -> Result<Sold, CliError> {
        let record = source::record(&self.store, name)?;
        self.sold(record)?.ok_or_else(|| {
            CliError::refused(format!("the marketplace of {name} is not connected yet"))
                .kind("no-marketplace")
                .fix("connect it first, and compare its fingerprint")
        })
    }

    pub(super) async fn licensed(&self, name: &SkillName) -> Result<buying::Licence, CliError> {
        let free = buying::Licence {
            standing: buying::Standing::Free,
            waits: None,
            paid: buying::Paid::Nothing,
        };
        let record = source::record(&self.store, name)?;
        if record.price == Some(Price::Free) {
            return Ok(free);
        }
        let Some(sold) = self.sold(record)? else {
            return Ok(free);
        };
        // What was bought has a price, even where it could not be asked for.
        if sold.record.price.is_none() && sold.kept().price(&sold.seller)?.is_none() {
            return Ok(free);
        }
        let merchant = sold.merchant(&self.host);
        let judged = look(merchant, name).await?;
        Ok(buying::Licence {
            waits: waiting(merchant, name).await?,
            paid: match unlicensed(merchant, name).await? {
                None => buying::Paid::Nothing,
                Some(Unlicensed::Open) => buying::Paid::Open,
                Some(Unlicensed::PaidBack) => buying::Paid::Back,
                Some(Unlicensed::Refused(rule)) => buying::Paid::Refused(rule),
            },
            standing: match judged.gate {
                Gate::Open { until, grace, .. } => buying::Standing::Counts {
                    until_ms: until,
                    is_grace: grace,
                },
                Gate::Shut(None) => buying::Standing::Missing,
                shut @ Gate::Shut(Some(_)) => {
                    buying::Standing::Over(standing_words(&shut).to_owned())
                }
            },
        })
    }

    pub(super) async fn price_now(&self, name: &SkillName) -> Result<Price, CliError> {
        let sold = self.for_sale(name)?;
        let price = skill(&sold.market, name).await?.price;
        self.store
            .set_price(name, &sold.record.marketplace, &price)?;
        Ok(price)
    }

    pub(super) async fn bought(
        &self,
        name: &SkillName,
        shown: &Price,
        by: &By,
    ) -> Result<buying::Bought, CliError> {
        // Of two clicks the second finds what the first has ordered.
        let _turn = self.buying.lock().await;
        let price = self.price_now(name).await?;
        if price == Price::Free {
            return Ok(buying::Bought::Free);
        }
        if price != *shown {
            return Err(CliError::refused(format!(
                "{name} costs {price} by now, and {shown} was shown; nothing was ordered"
            ))
            .kind("price.changed"));
        }
        let sold = self.for_sale(name)?;
        let (merchant, kept) = (sold.merchant(&self.host), sold.kept());
        let wanted = Wanted {
            skill: name,
            price,
            next: !kept.is_cancelled() && goes_on(&look(merchant, name).await?),
            by,
        };
        Ok(match buy(merchant, &wanted, &Deciders::Later).await? {
            Bought::Licensed { .. } => buying::Bought::Licensed,
            Bought::Waits { run, .. } => buying::Bought::Waits(run),
            Bought::NotPaid(outcome) => buying::Bought::NotPaid(outcome.invocation),
        })
    }

    pub(super) async fn settled(&self) -> Result<Vec<SkillName>, CliError> {
        let (mut fetched, mut failed) = (Vec::new(), None);
        for record in self.store.list()? {
            let name = record.name.clone();
            match self.fetched(record).await {
                Ok(true) => fetched.push(name),
                Ok(false) => {}
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        match failed {
            Some(error) => Err(error),
            None => Ok(fetched),
        }
    }

    async fn fetched(&self, record: Record) -> Result<bool, CliError> {
        if record.price == Some(Price::Free) {
            return Ok(false);
        }
        // From a marketplace that is not known any more, nothing was paid just now.
        let Ok(Some(sold)) = self.sold(record) else {
            return Ok(false);
        };
        let (merchant, name) = (sold.merchant(&self.host), &sold.record.name);
        if unlicensed(merchant, name).await? != Some(Unlicensed::Open) {
            return Ok(false);
        }
        Ok(matches!(
            present_paid(merchant, name).await?,
            Some(Bought::Licensed { .. })
        ))
    }
}

/// Whether what is bought now is the next month of what was bought before.
fn goes_on(judged: &Judged) -> bool {
    let is_monthly = judged
        .licence
        .as_ref()
        .is_some_and(|licence| licence.model == PriceModel::PerMonth);
    let is_due = match judged.gate {
        Gate::Open { renew, .. } => renew,
        Gate::Shut(standing) => matches!(standing, Some(Standing::Expired { .. })),
    };
    is_monthly && is_due
}
