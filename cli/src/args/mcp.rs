//! Arguments of `mcp`.

use crate::grants::{self, NamedPath};
use clap::{Args, ValueHint};
use guildhall_host::{LoopbackPeer, MessageGrant, PayGrant, Retention};
use guildhall_package::{FolderName, SkillName, UrlGrant};
use std::path::PathBuf;
use url::Url;

/// Offer the installed skills to an agent as tools, by the Model Context Protocol on standard input and output
///
/// An agent's client starts this command. The agent may call the skills with what the flags grant, and read the files that are
/// granted. Whatever a skill wants to write, pay or send waits until you approve it with `guildhall approvals`, or is done if a
/// mandate of yours covers it. The agent can't approve.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  guildhall mcp --read invoices=./invoices --pay 'EUR 500.00'

The same in a client's configuration:
  { \"command\": \"guildhall\", \"args\": [\"mcp\", \"--read\", \"invoices=/PATH/TO/invoices\", \"--pay\", \"EUR 500.00\"] }")]
pub struct McpArgs {
    /// Offer only this skill; may be repeated [default: all that are installed]
    #[arg(long = "skill", value_name = "PUBLISHER/SKILL")]
    pub skills: Vec<SkillName>,
    /// Begin the names of a skill's tools with this instead of the skill's name; may be empty, may be repeated
    #[arg(long = "prefix", value_name = "PUBLISHER/SKILL=PREFIX", value_parser = prefix)]
    pub prefixes: Vec<(SkillName, String)>,

    /// Address of your console, where you approve: clients that can open pages are sent there [default: where `guildhall up`
    /// listens, if approving is left to the console]
    #[arg(long, value_name = "URL")]
    pub console: Option<Url>,

    /// Let skills reach these addresses; may be repeated
    #[arg(long, value_name = "'GET https://HOST/PATH/*'", value_parser = grants::network, help_heading = "Grants")]
    pub allow_net: Vec<UrlGrant>,
    /// Let skills and the agent read a file or folder under a name; may be repeated
    #[arg(long, value_name = "NAME=PATH", value_parser = grants::named_path, help_heading = "Grants")]
    pub read: Vec<NamedPath>,
    /// Let skills propose files to write into a folder under a name; may be repeated
    #[arg(long, value_name = "NAME=DIR", value_parser = grants::named_path, help_heading = "Grants")]
    pub write: Vec<NamedPath>,
    /// Let skills propose payments up to this sum in each run, to any account or to one; may be repeated
    #[arg(
        long,
        value_name = "'EUR 500.00 [to ACCOUNT]'",
        help_heading = "Grants"
    )]
    pub pay: Vec<PayGrant>,
    /// Let skills propose messages by a channel of yours, to anybody or to one recipient; may be repeated
    #[arg(long, value_name = "'CHANNEL [to RECIPIENT]'", help_heading = "Grants")]
    pub message: Vec<MessageGrant>,
    /// Put this secret into skills' requests to the one host that it is bound to; neither they nor the agent see it; may be
    /// repeated
    #[arg(long, value_name = "NAME", help_heading = "Grants")]
    pub secret: Vec<FolderName>,

    /// Language tag that skills see
    #[arg(long, value_name = "TAG", default_value = "en", help_heading = "Run")]
    pub locale: String,
    /// What is kept of each run: everything; commitments only; or nothing at all, and then nothing can wait for a decision
    #[arg(
        long,
        value_name = "full|hashes|none",
        default_value = "full",
        help_heading = "Run"
    )]
    pub retention: Retention,
    /// For tests and development: answer one granted HOST:PORT from this machine
    #[arg(long = "peer", value_name = "HOST:PORT=127.0.0.1:PORT", value_parser = grants::peer, help_heading = "Development")]
    pub peers: Vec<LoopbackPeer>,
    /// Certificate authority (PEM) that these peers, and only they, are checked against
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "peers", help_heading = "Development")]
    pub peer_ca: Option<PathBuf>,
}

/// Reads `PUBLISHER/SKILL=PREFIX`.
pub fn prefix(text: &str) -> Result<(SkillName, String), String> {
    let (skill, prefix) = text
        .split_once('=')
        .ok_or("write PUBLISHER/SKILL=PREFIX; nothing after the `=` is no prefix")?;
    let skill = skill
        .parse::<SkillName>()
        .map_err(|error| error.to_string())?;
    let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    if prefix.len() > 40 || !prefix.bytes().all(fits) {
        return Err("a prefix has up to 40 small letters, digits and `_`".to_owned());
    }
    Ok((skill, prefix.to_owned()))
}
