//! Peers on this machine: given to one command, or set for every command in `config.toml`.

use crate::error::CliError;
use crate::home::{Config, SETTINGS};
use guildhall_host::{EgressConfig, LoopbackPeer};
use guildhall_package::text::plain;
use std::path::Path;

/// The peers that a command line gives.
///
/// # Errors
/// If the certificate authority can't be read.
pub fn given(peers: Vec<LoopbackPeer>, ca: Option<&Path>) -> Result<EgressConfig, CliError> {
    let peers = trusting(peers, ca)
        .map_err(|problem| CliError::usage(format!("--peer-ca {problem}")).kind("peer-ca"))?;
    Ok(EgressConfig {
        peers,
        ..EgressConfig::default()
    })
}

/// Adds the peers that `config.toml` in the folder `home` sets. One that was given for the same host and port counts before it.
///
/// # Errors
/// If one is not understood, or the certificate authority can't be read.
pub fn configured(
    mut egress: EgressConfig,
    config: &Config,
    home: &Path,
) -> Result<EgressConfig, CliError> {
    let problem = |text: String| {
        CliError::usage(format!("{}: {text}", home.join("config.toml").display()))
            .kind("config")
            .fix(SETTINGS)
    };
    let mut peers = Vec::new();
    for text in &config.peers {
        let peer = text
            .parse::<LoopbackPeer>()
            .map_err(|error| problem(format!("the peer `{}`: {error}", plain(text, 120))))?;
        if !egress
            .peers
            .iter()
            .any(|known| known.place() == peer.place())
        {
            peers.push(peer);
        }
    }
    let ca = config.peer_ca.as_deref().map(|file| home.join(file));
    let peers =
        trusting(peers, ca.as_deref()).map_err(|error| problem(format!("peer-ca {error}")))?;
    egress.peers.extend(peers);
    Ok(egress)
}

/// Peers that are checked against this authority too.
fn trusting(peers: Vec<LoopbackPeer>, ca: Option<&Path>) -> Result<Vec<LoopbackPeer>, String> {
    let Some(file) = ca else {
        return Ok(peers);
    };
    let problem = |error: String| format!("{}: {error}", file.display());
    let ca = std::fs::read(file).map_err(|error| problem(error.to_string()))?;
    peers
        .into_iter()
        .map(|peer| {
            peer.trusting(&ca)
                .map_err(|error| problem(error.to_string()))
        })
        .collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn config(peers: &[&str], ca: Option<&str>) -> Config {
        Config {
            peers: peers.iter().map(|peer| (*peer).to_owned()).collect(),
            peer_ca: ca.map(Into::into),
            ..Config::default()
        }
    }

    #[test]
    fn peers_of_the_configuration_are_added_and_given_ones_count_before_them() {
        let given = given(vec!["a.test:443=127.0.0.1:1".parse().unwrap()], None).unwrap();
        let set = config(&["a.test:443=127.0.0.1:2", "b.test:443=127.0.0.1:3"], None);
        let all = configured(given, &set, Path::new("/nonexistent")).unwrap();
        let ports: Vec<u16> = all.peers.iter().map(|peer| peer.address().port()).collect();
        assert_eq!(ports, [1, 3]);
    }

    #[test]
    fn a_peer_that_is_not_understood_is_an_error_and_not_left_out() {
        for wrong in [
            config(&["a.test:443=10.0.0.1:2"], None),
            config(&["nonsense"], None),
            config(&[], Some("no.pem")),
        ] {
            let error = configured(EgressConfig::default(), &wrong, Path::new("/nonexistent"));
            let error = error.unwrap_err();
            assert_eq!((&*error.kind, error.exit.code()), ("config", 2));
            assert!(error.message.contains("config.toml"), "{error}");
        }
    }

    #[test]
    fn a_certificate_authority_is_looked_for_in_the_home_folder() {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join("ca.pem"), "no certificate").unwrap();
        let set = config(&["a.test:443=127.0.0.1:2"], Some("ca.pem"));
        let error = configured(EgressConfig::default(), &set, home.path()).unwrap_err();
        assert!(error.message.contains("certificate"), "{error}");
    }
}
