//! Arguments of `up`.

use clap::Args;
use guildhall_package::SkillName;
use std::net::SocketAddr;
use std::path::PathBuf;
use url::Url;

/// Start your console: the pages where you approve, run skills, and let agents in
///
/// The first time it prints a link that makes you its owner: it works once, for an hour. From then on it prints where the console
/// is. Runs, approvals and money are those of this home folder: the command line and the console see the same.
///
/// The first start writes `approvals = "console"` into config.toml: from then on this command line starts runs and approves
/// nothing, so that an agent that uses it can't either. Take the line out to change that.
///
/// It listens on this machine only, until Ctrl-C or a signal to end; what is under way is finished or taken up again by the next
/// start. To reach it from elsewhere, give it a certificate, or put a proxy with TLS in
/// front; and name it with --public-url.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  guildhall up
  guildhall up --listen 127.0.0.1:9000
  guildhall up --listen 0.0.0.0:443 --public-url https://console.example --tls-cert chain.pem --tls-key key.pem
  guildhall up --public-url https://console.example --trusted-proxy 127.0.0.1")]
pub struct UpArgs {
    /// Address to listen at; port 0 is any that is free
    #[arg(long, value_name = "ADDRESS:PORT", default_value_t = default_listen())]
    pub listen: SocketAddr,
    /// Address under which people reach it, if that is another one [default: http://localhost and the port]
    #[arg(long, value_name = "URL")]
    pub public_url: Option<Url>,
    /// Certificate for TLS: a PEM file with the console's own first, then what signed it; read once, at the start
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,
    /// The certificate's private key: a PEM file that nobody else can read
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
    /// A proxy in front whose `X-Forwarded-For` is believed: an address or a net; may be repeated
    #[arg(long = "trusted-proxy", value_name = "NET", value_parser = net)]
    pub trusted_proxies: Vec<ipnet::IpNet>,
    /// Begin the names of a skill's tools with this instead of the skill's name, for agents; may be empty, may be repeated
    #[arg(long = "prefix", value_name = "PUBLISHER/SKILL=PREFIX", value_parser = super::mcp::prefix)]
    pub prefixes: Vec<(SkillName, String)>,
    /// Print one JSON object: url
    #[arg(long)]
    pub json: bool,
}

fn default_listen() -> SocketAddr {
    SocketAddr::from((
        std::net::Ipv4Addr::LOCALHOST,
        guildhall_console::config::PORT,
    ))
}

fn net(text: &str) -> Result<ipnet::IpNet, String> {
    text.parse::<ipnet::IpNet>()
        .or_else(|_| text.parse::<std::net::IpAddr>().map(ipnet::IpNet::from))
        .map_err(|_| "that is no address and no net, as 10.0.0.0/8".to_owned())
}
