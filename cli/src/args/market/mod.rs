//! Arguments of everything that has to do with a marketplace.

mod author;
mod merchant;
mod money;
mod operator;

pub use author::{
    KeysArgs, KeysCommand, LoginArgs, LogoutArgs, PublishArgs, ReleasesArgs, UnyankArgs, YankArgs,
};
pub use merchant::{
    BundleArgs, ConsentArgs, InfoArgs, InstallArgs, InstalledArgs, PinArgs, SearchArgs,
    UninstallArgs, UpdateArgs, WatchArgs,
};
pub use money::{
    BuyArgs, CreditArgs, EarningsArgs, LicencesArgs, LicencesCommand, PayoutArgs, PriceArgs,
    SettleArgs,
};
pub use operator::{
    AdminCommand, LogArgs, LogCommand, MarketplaceArgs, MarketplaceCommand, MarketplaceInitArgs,
    MarketplaceRenewArgs, MarketplaceServeArgs, WitnessArgs, WitnessCommand,
};

use crate::market::Place;
use clap::Args;

/// Which marketplace.
#[derive(Debug, Clone, Args)]
pub struct From {
    /// Marketplace to ask [default: the one that was logged in to or installed from first]
    #[arg(
        long,
        value_name = "URL",
        env = "GUILDHALL_MARKETPLACE",
        hide_env_values = true
    )]
    pub from: Option<Place>,
}
