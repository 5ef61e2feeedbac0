//! Reading requests: what can't be read is a problem, never a default.

use guildhall_web::extract::Proxies;
pub use guildhall_web::extract::{Asked, At, Body, Client};
use ipnet::IpNet;

use crate::app::App;

impl Proxies for App {
    fn trusted_proxies(&self) -> &[IpNet] {
        &self.config.trusted_proxies
    }
}
