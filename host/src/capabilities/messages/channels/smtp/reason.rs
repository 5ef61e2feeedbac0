//! What happened in a dialogue, as an outcome with one sentence.

use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use guildhall_package::text::plain;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::response::{Response, Severity};

use super::super::Delivery;
use super::Login;
use super::wire::Progress;

/// Characters of what a server said.
const QUOTE_MAX: usize = 200;

/// Steps of the dialogue that can be refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Hello,
    Login,
    Sender,
    Recipient,
    Data,
    Message,
}

impl Step {
    const fn what(self) -> &'static str {
        match self {
            Self::Hello => "to talk to this machine",
            Self::Login => "the user name or the password",
            Self::Sender => "the sender",
            Self::Recipient => "the recipient",
            Self::Data => "to take a message",
            Self::Message => "the message",
        }
    }

    const fn fix(self) -> &'static str {
        match self {
            Self::Hello => "check the server and the port of the channel",
            Self::Login => "check the user and the secret of the channel",
            Self::Sender => "check whether this user may send as the channel's sender",
            Self::Recipient => "check the address",
            Self::Data | Self::Message => "read what the server says, and send something else",
        }
    }
}

/// Writes the sentences.
pub(super) struct Reasons {
    id: String,
    /// Texts that must not be repeated.
    secrets: Vec<String>,
    progress: Arc<Progress>,
}

impl Reasons {
    pub fn new(id: &str, login: Option<Login<'_>>, progress: Arc<Progress>) -> Self {
        let mut secrets = Vec::new();
        if let Some(Login { user, password }) = login
            && !password.is_empty()
        {
            secrets.push(STANDARD.encode(format!("\0{user}\0{password}")));
            secrets.push(STANDARD.encode(password));
            secrets.push(password.to_owned());
        }
        Self {
            id: id.to_owned(),
            secrets,
            progress,
        }
    }

    pub fn progress(&self) -> &Progress {
        &self.progress
    }

    pub fn bad_hello(&self) -> Delivery {
        Delivery::Failed {
            why: "the name under which this machine greets mail servers is neither a host name nor an IP address; correct \
                  it in the host's settings"
                .to_owned(),
        }
    }

    pub fn bad_login(&self) -> Delivery {
        Delivery::Failed {
            why: "the user name or the password for the mail server contains a null character; set the secret anew"
                .to_owned(),
        }
    }

    pub fn sent(&self, reply: &Response) -> Delivery {
        Delivery::Sent {
            reference: self.quote(&text_of(reply)),
        }
    }

    /// A step that did not succeed.
    pub fn refused(&self, step: Step, error: &Error) -> Delivery {
        let what = step.what();
        if let Some(code) = error.status() {
            let text = error
                .source()
                .map(|source| self.quote(&source.to_string()))
                .unwrap_or_default();
            let said = format!("the mail server refused {what}: {code} {text}");
            return if error.is_permanent() {
                Delivery::Failed {
                    why: format!("{said}; {}", step.fix()),
                }
            } else {
                Delivery::NotSent {
                    why: format!("{said}; it may accept it later"),
                }
            };
        }
        let how = match self.progress.lost() {
            Some(lost) => lost.to_owned(),
            None => "the mail server's answer makes no sense".to_owned(),
        };
        if self.progress.may_have_all() {
            return self.unknown(&how);
        }
        if error.is_client() && step == Step::Login {
            return Delivery::Failed {
                why: "the mail server does not offer a login by password that this host speaks (AUTH PLAIN or LOGIN); use \
                      a server that does, or leave user and secret out"
                    .to_owned(),
            };
        }
        not_sent(&how)
    }

    /// Refuses an answer of another class than the step's own.
    pub fn in_turn(&self, step: Step, reply: &Response, class: Severity) -> Result<(), Delivery> {
        if reply.code().severity == class {
            return Ok(());
        }
        Err(Delivery::Failed {
            why: format!(
                "the mail server answered out of turn when it was given {}: {} {}; nothing was sent: check the server and \
                 the port of the channel",
                match step {
                    Step::Sender => "the sender",
                    Step::Recipient => "the recipient",
                    _ => "the message",
                },
                reply.code(),
                self.quote(&text_of(reply)),
            ),
        })
    }

    /// An answer to the message that is neither yes nor no.
    pub fn senseless(&self, reply: &Response) -> Delivery {
        self.unknown(&format!(
            "the mail server's answer to it makes no sense ({} {})",
            reply.code(),
            self.quote(&text_of(reply))
        ))
    }

    /// The whole dialogue took too long.
    pub fn out_of_time(&self, limit: Duration) -> Delivery {
        let how = format!(
            "the mail server took more than {} s in all",
            limit.as_secs_f64()
        );
        if self.progress.may_have_all() {
            self.unknown(&how)
        } else {
            not_sent(&how)
        }
    }

    fn unknown(&self, how: &str) -> Delivery {
        Delivery::Unknown {
            why: format!(
                "the message was handed over, but {how}: whether it was accepted is not known, and e-mail is not repeated; \
                 ask the recipient, or look for {} in the log of the mail server",
                self.id
            ),
        }
    }

    /// What a server said, as one plain line without the password.
    fn quote(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for secret in &self.secrets {
            text = text.replace(secret, "[secret]");
        }
        plain(&text, QUOTE_MAX)
    }
}

fn not_sent(how: &str) -> Delivery {
    Delivery::NotSent {
        why: format!("nothing was sent: {how}"),
    }
}

fn text_of(reply: &Response) -> String {
    reply.message().collect::<Vec<_>>().join(" ")
}
