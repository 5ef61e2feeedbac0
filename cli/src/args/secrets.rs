//! Arguments of `secrets` and `messages`.

use clap::{Args, Subcommand};
use guildhall_host::Mailbox;
use guildhall_package::FolderName;

/// Passwords and keys that the host puts into requests, and that no skill ever sees
///
/// A secret with --host goes, in one header, into requests to exactly that host of runs that are granted it (`run --secret
/// NAME`). One without is for a channel of `guildhall messages`. Values are kept encrypted in the journal; the key is the
/// file state/keys/store.key in the home folder, which only you can read (mode 0600). Whoever has your files has it: it
/// protects a copied journal or a backup without that file, not against your own programs.
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
Examples:
  guildhall secrets set rates-key --host api.example.com --header authorization --prefix 'Bearer '
  guildhall secrets set mail-password < password.txt
  guildhall secrets list"
)]
pub struct SecretsArgs {
    /// What to do; without one, the list.
    #[command(subcommand)]
    pub command: Option<SecretsCommand>,
    /// Print one JSON object: secrets, without their values
    #[arg(long)]
    pub json: bool,
}

/// What to do with secrets.
#[derive(Debug, Subcommand)]
pub enum SecretsCommand {
    /// List secrets, without their values
    List {
        /// Print one JSON object: secrets, without their values
        #[arg(long)]
        json: bool,
    },
    Set(SecretSetArgs),
    /// Forget a secret
    Remove {
        /// Name of the secret
        name: String,
        /// Print one JSON object: name, removed
        #[arg(long)]
        json: bool,
    },
}

/// Keep a secret, in place of an older one of that name
///
/// The value is asked for on a terminal, unseen, and read from standard input elsewhere: 8 to 8192 bytes, one line break at
/// its end left out. It is never an argument, where other programs could read it.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  guildhall secrets set rates-key --host api.example.com --header authorization --prefix 'Bearer '\n  guildhall secrets set hook-key < key.txt"
)]
pub struct SecretSetArgs {
    /// Name: small letters, digits and `-`
    pub name: FolderName,
    /// The one host that it goes to, with its port if that is not 443
    #[arg(long, value_name = "HOST", requires = "header")]
    pub host: Option<String>,
    /// The header that carries it, for example authorization or x-api-key
    #[arg(long, value_name = "NAME", requires = "host")]
    pub header: Option<String>,
    /// What stands before it in the header
    #[arg(long, value_name = "TEXT", requires = "host")]
    pub prefix: Option<String>,
    /// Print one JSON object: name, bound
    #[arg(long)]
    pub json: bool,
}

/// Channels by which messages of runs are sent: a webhook, or a mail server
///
/// A run sends only by channels that it is granted (`run --message CHANNEL`), and only after its card was approved. What
/// was sent is shown by `guildhall runs show`.
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
Examples:
  guildhall messages
  guildhall messages add-webhook books --url https://books.example.com/in --secret books-key
  guildhall messages add-smtp email --server mail.example.com --from 'Acme <billing@acme.example>' --user acme --secret mail-password"
)]
pub struct MessagesArgs {
    /// What to do; without one, the list of channels.
    #[command(subcommand)]
    pub command: Option<MessagesCommand>,
    /// Print one JSON object: channels
    #[arg(long)]
    pub json: bool,
}

/// What to do with channels.
#[derive(Debug, Subcommand)]
pub enum MessagesCommand {
    /// List the channels
    List {
        /// Print one JSON object: channels
        #[arg(long)]
        json: bool,
    },
    AddWebhook(AddWebhookArgs),
    AddSmtp(AddSmtpArgs),
    AddTelegram(AddTelegramArgs),
    AddWhatsapp(AddWhatsappArgs),
    /// Take a channel away; messages that wait for it will fail
    Remove {
        /// Name of the channel
        name: String,
        /// Print one JSON object: name, removed
        #[arg(long)]
        json: bool,
    },
}

/// Set up a webhook: each message is one signed POST (Standard Webhooks), safe to repeat
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  guildhall secrets set books-key < key.txt\n  guildhall messages add-webhook books --url https://books.example.com/in --secret books-key"
)]
pub struct AddWebhookArgs {
    /// Name of the channel; skills name it in their manifest
    pub name: FolderName,
    /// Where messages go: an https address
    #[arg(long, value_name = "URL")]
    pub url: String,
    /// Secret that signs them: `whsec_` and base64 of 24 to 64 bytes, or 24 characters and more
    #[arg(long, value_name = "NAME")]
    pub secret: FolderName,
    /// Print one JSON object: name, channel
    #[arg(long)]
    pub json: bool,
}

/// Set up a mail server: each message is one e-mail, over TLS from the first byte
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  guildhall secrets set mail-password < password.txt\n  guildhall messages add-smtp email --server mail.example.com --from 'Acme <billing@acme.example>' --user acme --secret mail-password"
)]
pub struct AddSmtpArgs {
    /// Name of the channel; skills name it in their manifest
    pub name: FolderName,
    /// Host name of the mail server
    #[arg(long, value_name = "HOST")]
    pub server: String,
    /// Its port; another one than 465 only towards a peer on this machine
    #[arg(long, value_name = "PORT", default_value_t = 465)]
    pub port: u16,
    /// Who sends
    #[arg(long, value_name = "'NAME <ADDRESS>'")]
    pub from: Mailbox,
    /// User name at the server
    #[arg(long, value_name = "NAME", requires = "secret")]
    pub user: Option<String>,
    /// Secret with that user's password
    #[arg(long, value_name = "NAME", requires = "user")]
    pub secret: Option<FolderName>,
    /// Print one JSON object: name, channel
    #[arg(long)]
    pub json: bool,
}

/// Set up a bot of Telegram: each message is one text to a chat, never sent again by itself
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  guildhall secrets set bot-token < token.txt\n  guildhall messages add-telegram team --secret bot-token"
)]
pub struct AddTelegramArgs {
    /// Name of the channel; skills name it in their manifest
    pub name: FolderName,
    /// Secret with the bot's token, from BotFather
    #[arg(long, value_name = "NAME")]
    pub secret: FolderName,
    /// Where bots are reached: an https address, or that of a peer on this machine
    #[arg(long, value_name = "URL", default_value = "https://api.telegram.org")]
    pub base: String,
    /// Print one JSON object: name, channel
    #[arg(long)]
    pub json: bool,
}

/// Set up a number of WhatsApp's Cloud API: texts to people who wrote to it within 24 hours
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  guildhall secrets set wa-token < token.txt\n  guildhall messages add-whatsapp phone --number 106540352242922 --secret wa-token"
)]
pub struct AddWhatsappArgs {
    /// Name of the channel; skills name it in their manifest
    pub name: FolderName,
    /// Identifier of the number that sends, from the app's page at Meta
    #[arg(long, value_name = "ID")]
    pub number: String,
    /// Secret with the access token
    #[arg(long, value_name = "NAME")]
    pub secret: FolderName,
    /// Where the API is reached, with its version: an https address, or that of a peer on this machine
    #[arg(
        long,
        value_name = "URL",
        default_value = "https://graph.facebook.com/v23.0"
    )]
    pub base: String,
    /// Print one JSON object: name, channel
    #[arg(long)]
    pub json: bool,
}

impl SecretsArgs {
    /// Whether to print JSON.
    #[must_use]
    pub const fn json(&self) -> bool {
        match &self.command {
            None => self.json,
            Some(SecretsCommand::List { json } | SecretsCommand::Remove { json, .. }) => *json,
            Some(SecretsCommand::Set(args)) => args.json,
        }
    }
}

impl MessagesArgs {
    /// Whether to print JSON.
    #[must_use]
    pub const fn json(&self) -> bool {
        match &self.command {
            None => self.json,
            Some(MessagesCommand::List { json } | MessagesCommand::Remove { json, .. }) => *json,
            Some(MessagesCommand::AddWebhook(args)) => args.json,
            Some(MessagesCommand::AddSmtp(args)) => args.json,
            Some(MessagesCommand::AddTelegram(args)) => args.json,
            Some(MessagesCommand::AddWhatsapp(args)) => args.json,
        }
    }
}
