//! Sends one e-mail over a stream that is already connected (and encrypted, where it leaves this machine).
//!
//! The dialogue is lettre's, command by command instead of by its one `send`, because what matters here is *where* it
//! ended:
//!
//! | what happened | outcome |
//! |---|---|
//! | the server answered 5xx to any step, the message itself included | failed |
//! | it answered 4xx to any step | not sent: it asks to be tried again later |
//! | it does not know a way to log in, or answered out of turn before it had the message | failed |
//! | the connection was lost or silent, or the answer is none, before the end of the message was begun | not sent |
//! | the connection was lost or silent after that, or the answer makes no sense | unknown |
//! | it answered 2xx to the message | sent |
//!
//! A server delivers nothing before it has seen the line with the single dot (RFC 5321 section 4.1.1.4). An e-mail whose
//! outcome is unknown is never repeated by itself: mail servers do not drop what they have seen.

mod reason;
mod wire;

use std::sync::Arc;
use std::time::Duration;

use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Mail as MailFrom, Rcpt};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::response::Severity;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;

use super::Delivery;
use super::address::is_host_name;
use super::mail::Mail;
use reason::{Reasons, Step};
use wire::{Bounded, Progress};

/// Bytes of the message that are encoded and written at a time.
const CHUNK: usize = 64 << 10;

/// How long a server may take to say goodbye, which no longer matters to the message.
const GOODBYE: Duration = Duration::from_secs(1);

/// Limits of one dialogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SmtpLimits {
    /// Time without any progress, in each wait. Default 30 s.
    pub wait: Duration,
    /// Time for everything. Default 5 min.
    pub total: Duration,
    /// Bytes of all answers. Default 16 KiB: an honest dialogue has about 1 KiB, and reading an answer of many lines takes the
    /// square of its length.
    pub max_reply_bytes: usize,
}

impl Default for SmtpLimits {
    fn default() -> Self {
        Self {
            wait: Duration::from_secs(30),
            total: Duration::from_secs(300),
            max_reply_bytes: 16 << 10,
        }
    }
}

/// User name and password at a mail server.
#[derive(Clone, Copy)]
pub struct Login<'a> {
    /// User name.
    pub user: &'a str,
    /// Password. It is not printed, and is taken out of what the server says.
    pub password: &'a str,
}

impl std::fmt::Debug for Login<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Login(not shown)")
    }
}

/// Sends `mail` over `stream` and says what became of it.
///
/// `hello` is the name under which this machine greets: a host name, or an IP address. `login` is given to the server as
/// AUTH PLAIN or AUTH LOGIN, both of which need a stream that nobody else can read. Ends within `limits.total` and one
/// second. Dropping the future closes the connection; whether the message arrived is then unknown.
pub async fn send<S>(
    stream: S,
    hello: &str,
    login: Option<Login<'_>>,
    mail: &Mail,
    limits: &SmtpLimits,
) -> Delivery
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let progress = Arc::new(Progress::default());
    let reasons = Reasons::new(mail.id(), login, Arc::clone(&progress));
    let Some(hello) = client_id(hello) else {
        return reasons.bad_hello();
    };
    if login.is_some_and(|login| login.user.contains('\0') || login.password.contains('\0')) {
        return reasons.bad_login();
    }
    let stream = Bounded::new(stream, limits, progress);
    let dialogue = dialogue(stream, &hello, login, mail, &reasons);
    let Ok((delivery, connection)) = timeout(limits.total, dialogue).await else {
        return reasons.out_of_time(limits.total);
    };
    if let Some(mut connection) = connection {
        // Outside the time limit above: how the goodbye goes must not change what is known.
        let _ = timeout(GOODBYE, connection.abort()).await;
    }
    delivery
}

/// How the host names itself; lettre writes it into a command as it is.
fn client_id(hello: &str) -> Option<ClientId> {
    if is_host_name(hello) {
        return Some(ClientId::Domain(hello.to_owned()));
    }
    match hello.parse().ok()? {
        std::net::IpAddr::V4(address) => Some(ClientId::Ipv4(address)),
        std::net::IpAddr::V6(address) => Some(ClientId::Ipv6(address)),
    }
}

/// What became of the message, and the connection if it is still good for a goodbye.
type End = (Delivery, Option<Box<AsyncSmtpConnection>>);

async fn dialogue<S>(
    stream: Bounded<S>,
    hello: &ClientId,
    login: Option<Login<'_>>,
    mail: &Mail,
    reasons: &Reasons,
) -> End
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let stream = Box::new(stream);
    let mut connection = match AsyncSmtpConnection::connect_with_transport(stream, hello).await {
        Ok(connection) => Box::new(connection),
        Err(error) => return (reasons.refused(Step::Hello, &error), None),
    };
    match up_to_data(&mut connection, login, mail, reasons).await {
        Ok(()) => {}
        Err(delivery) => return goodbye(delivery, connection, reasons),
    }
    let progress = reasons.progress();
    let chunks = mail.bytes().chunks(CHUNK);
    // The library takes the next chunk when the last one has been written, and ends the message when there is none.
    let whole = chunks.chain(std::iter::from_fn(|| {
        progress.begin_ending();
        None
    }));
    let delivery = match connection.message_iter(whole).await {
        Ok(reply) if reply.code().severity == Severity::PositiveCompletion => reasons.sent(&reply),
        Ok(reply) => reasons.senseless(&reply),
        Err(error) => reasons.refused(Step::Message, &error),
    };
    goodbye(delivery, connection, reasons)
}

async fn up_to_data(
    connection: &mut AsyncSmtpConnection,
    login: Option<Login<'_>>,
    mail: &Mail,
    reasons: &Reasons,
) -> Result<(), Delivery> {
    if let Some(login) = login {
        let credentials = Credentials::new(login.user.to_owned(), login.password.to_owned());
        connection
            .auth(&[Mechanism::Plain, Mechanism::Login], &credentials)
            .await
            .map_err(|error| reasons.refused(Step::Login, &error))?;
    }
    let sender = MailFrom::new(Some(mail.from().clone()), Vec::new());
    let recipient = Rcpt::new(mail.to().clone(), Vec::new());
    let reply = connection
        .command(sender)
        .await
        .map_err(|error| reasons.refused(Step::Sender, &error))?;
    reasons.in_turn(Step::Sender, &reply, Severity::PositiveCompletion)?;
    let reply = connection
        .command(recipient)
        .await
        .map_err(|error| reasons.refused(Step::Recipient, &error))?;
    reasons.in_turn(Step::Recipient, &reply, Severity::PositiveCompletion)?;
    let reply = connection
        .command(Data)
        .await
        .map_err(|error| reasons.refused(Step::Data, &error))?;
    reasons.in_turn(Step::Data, &reply, Severity::PositiveIntermediate)
}

/// Keeps the connection for a goodbye, unless it is lost or in the middle of a message.
fn goodbye(delivery: Delivery, connection: Box<AsyncSmtpConnection>, reasons: &Reasons) -> End {
    let over = reasons.progress().lost().is_some() || matches!(delivery, Delivery::Unknown { .. });
    (delivery, (!over).then_some(connection))
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]
mod tests;
