//! Names to addresses: looked up once, checked all, and only then dialled.

use std::io;
use std::net::{IpAddr, SocketAddr};

use futures::future::BoxFuture;
use guildhall_package::authority::Target;

use super::address::check_global;
use super::peer::{LoopbackPeer, literal};
use super::transport::EgressError;

/// Looks names up. The service asks once per hop and uses that very answer.
pub trait Resolver: Send + Sync {
    /// All addresses of `host`, a name in lower case. An empty answer means that there is none.
    fn resolve<'a>(&'a self, host: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>>;
}

/// The operating system's resolver.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemResolver;

impl Resolver for SystemResolver {
    fn resolve<'a>(&'a self, host: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
        Box::pin(async move {
            // The port is not part of the question.
            let found = tokio::net::lookup_host((host, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

/// Addresses that may be dialled. Nothing but [`dialable`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Dialable(Vec<SocketAddr>);

impl Dialable {
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.0
    }
}

/// Where to connect to for `target`: the peer that stands in for it, or its addresses if all of them are public.
pub(super) async fn dialable(
    target: &Target,
    peers: &[LoopbackPeer],
    resolver: &dyn Resolver,
) -> Result<Dialable, EgressError> {
    if let Some(peer) = peers.iter().find(|peer| peer.serves(target)) {
        return Ok(Dialable(vec![peer.address()]));
    }
    let host = target.host();
    let addresses = match literal(host) {
        Some(address) => vec![address],
        None => resolver.resolve(host).await.map_err(|error| {
            tracing::debug!(host, %error, "name look-up failed");
            EgressError::NameNotFound {
                host: host.to_owned(),
            }
        })?,
    };
    if addresses.is_empty() {
        return Err(EgressError::NameNotFound {
            host: host.to_owned(),
        });
    }
    // One bad address spoils the answer: whoever controls it chooses which one is dialled.
    for address in &addresses {
        check_global(*address).map_err(|reason| EgressError::AddressNotPublic {
            host: host.to_owned(),
            address: *address,
            reason,
        })?;
    }
    Ok(Dialable(
        addresses
            .into_iter()
            .map(|address| SocketAddr::new(address, target.port()))
            .collect(),
    ))
}
