//! `guildhall login` and `guildhall logout`

use crate::args::market::{LoginArgs, LogoutArgs};
use crate::commands::program;
use crate::error::CliError;
use crate::exit::Exit;
use crate::home::Home;
use crate::market::http::Method;
use crate::market::state::LoggedIn;
use crate::market::{HttpError, Market};
use crate::output::{self, Progress};
use crate::when::Clock;
use guildhall_package::FolderName;
use guildhall_package::market::account::{
    AccountInfo, IssuedToken, Login, NewAccount, NewToken, Scope,
};
use guildhall_package::market::limits::{MAX_PASSWORD, MIN_PASSWORD};
use guildhall_package::text::plain;
use inquire::{Password, PasswordDisplayMode, Text};
use serde_json::json;
use std::io::{BufRead, BufReader, Read};
use zeroize::Zeroizing;

/// Logs in, and with `--new` makes the account first.
///
/// # Errors
/// If the marketplace can't be reached or trusted, or refuses.
pub async fn login(home: &Home, args: LoginArgs) -> Result<Exit, CliError> {
    home.prepare()?;
    let market = Market::at(home, args.place.clone())?;
    // Before a password is typed: to whom it goes.
    let trust = market.trusted(args.root).await?;
    let account = match &args.account {
        Some(account) => account.clone(),
        None => ask_account()?,
    };
    let password = if args.new {
        new_password(args.password_stdin)?
    } else {
        password(args.password_stdin, false)?
    };
    let progress = Progress::start("logging in");
    if args.new {
        let new = NewAccount {
            account: account.clone(),
            password: password.to_string(),
        };
        let _made: AccountInfo = market
            .http
            .send(Method::POST, "/api/v1/accounts", &new)
            .await?;
    }
    let issued = issue(&market, &args, &account, &password).await?;
    drop(progress);
    let who = LoggedIn {
        account,
        token: issued.token.clone(),
        expires: issued.info.expires,
    };
    market.state.log_in(&who)?;
    market.state.make_default()?;
    let expires = i64::try_from(who.expires).unwrap_or(i64::MAX);
    if args.json {
        output::json(&json!({
            "marketplace": args.place.to_string(),
            "account": who.account,
            "expires": who.expires,
            "scopes": issued.info.scopes,
            "root": trust.root.fingerprint(),
        }));
    } else {
        output::note(format_args!(
            "Logged in at {} as {}, until {}.",
            plain(&args.place.label(), 200),
            who.account,
            Clock::system().date(expires)
        ));
        if args.new {
            output::hint(format_args!(
                "to publish, take a name and make a key: {} keys new PUBLISHER",
                program(home)
            ));
        }
    }
    Ok(Exit::Done)
}

async fn issue(
    market: &Market,
    args: &LoginArgs,
    account: &FolderName,
    password: &str,
) -> Result<IssuedToken, CliError> {
    let mut scopes = vec![Scope::Publish, Scope::Yank, Scope::Keys, Scope::Account];
    if args.staff {
        scopes.extend([Scope::Review, Scope::Admin]);
    }
    let request = Login {
        account: account.clone(),
        password: password.to_owned(),
        token: NewToken {
            label: format!("guildhall on {}", machine()),
            scopes,
            days: Some(args.days),
        },
    };
    let answer = market
        .http
        .send(Method::POST, "/api/v1/login", &request)
        .await;
    match answer {
        Err(HttpError::Problem(problem)) if problem.status == 401 && !args.new => {
            Err(CliError::from(HttpError::Problem(problem))
                .details(["if there is no such account yet, add --new".to_owned()]))
        }
        answer => Ok(answer?),
    }
}

/// Forgets the token here and at the marketplace.
///
/// # Errors
/// If nobody is logged in, or the marketplace can't be reached; the token is forgotten here all the same.
pub async fn logout(home: &Home, args: LogoutArgs) -> Result<Exit, CliError> {
    let market = Market::logged_in(home, args.from.from.as_ref())?;
    let told = market
        .http
        .done(Method::DELETE, "/api/v1/tokens/current", &|request| request)
        .await;
    market.state.log_out()?;
    match told {
        Ok(()) => {}
        // It is no token any more, which is what was wanted.
        Err(HttpError::Problem(problem)) if problem.status == 401 => {}
        Err(error) => {
            return Err(CliError::from(error).details([
                "the token is forgotten here, but it counts until it ends or is revoked".to_owned(),
            ]));
        }
    }
    if args.json {
        output::json(&json!({ "marketplace": market.place().to_string(), "logged_out": true }));
    } else {
        output::note(format_args!("Logged out of {}.", market.place().label()));
    }
    Ok(Exit::Done)
}

fn ask_account() -> Result<FolderName, CliError> {
    if !output::can_ask() {
        return Err(CliError::usage("--account says whose login this is").kind("no-account"));
    }
    let given = Text::new("Account").prompt().map_err(given_up)?;
    parse_account(given.trim())
}

fn parse_account(text: &str) -> Result<FolderName, CliError> {
    text.parse().map_err(|_| {
        CliError::usage(format!("`{}` is no name of an account", plain(text, 80)))
            .kind("account")
            .fix("use up to 64 small letters, digits and `-`, beginning with a letter")
    })
}

/// The password, from standard input or asked for without being shown.
fn password(from_stdin: bool, again: bool) -> Result<Zeroizing<String>, CliError> {
    if from_stdin {
        return first_line(std::io::stdin().lock());
    }
    if !output::can_ask() {
        return Err(
            CliError::usage("the password is asked for on a terminal, and this is none")
                .kind("no-terminal")
                .fix("pipe it in: --password-stdin"),
        );
    }
    let ask = |prompt: &str| {
        Password::new(prompt)
            .with_display_mode(PasswordDisplayMode::Hidden)
            .without_confirmation()
            .prompt()
            .map(Zeroizing::new)
            .map_err(given_up)
    };
    let password = ask("Password")?;
    if again && *ask("The same again")? != *password {
        return Err(CliError::usage("the two passwords are not the same").kind("password"));
    }
    Ok(password)
}

/// A password that somebody chooses.
///
/// # Errors
/// If there is none, or it is too short or too long.
pub fn new_password(from_stdin: bool) -> Result<Zeroizing<String>, CliError> {
    let password = password(from_stdin, true)?;
    check_new(&password)?;
    Ok(password)
}

/// What the marketplace would refuse is better said before it is sent.
fn check_new(password: &str) -> Result<(), CliError> {
    if password.chars().count() < MIN_PASSWORD || password.len() > MAX_PASSWORD {
        return Err(CliError::usage(format!(
            "a password has {MIN_PASSWORD} characters at least and {MAX_PASSWORD} bytes at most"
        ))
        .kind("password")
        .fix("use a few words that don't belong together"));
    }
    Ok(())
}

fn first_line(from: impl Read) -> Result<Zeroizing<String>, CliError> {
    let problem =
        |why: String| CliError::usage(format!("--password-stdin: {why}")).kind("password");
    let mut text = Zeroizing::new(String::new());
    // Only the line: whoever pipes it in may have more to say later.
    BufReader::with_capacity(1, from.take(MAX_PASSWORD as u64 + 2))
        .read_line(&mut text)
        .map_err(|error| problem(error.to_string()))?;
    let line = text.trim_end_matches(['\r', '\n']);
    if line.is_empty() {
        return Err(problem("there is no password".to_owned()));
    }
    Ok(Zeroizing::new(line.to_owned()))
}

fn given_up(error: inquire::InquireError) -> CliError {
    CliError::refused(format!("nothing was sent: {error}")).kind("given-up")
}

/// What this machine is called in the list of tokens.
fn machine() -> String {
    let name = rustix::system::uname();
    plain(&name.nodename().to_string_lossy(), 60)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_the_first_line_and_never_empty() {
        assert_eq!(
            *first_line(&b"a pass phrase\nmore"[..]).unwrap(),
            "a pass phrase"
        );
        assert_eq!(
            *first_line(&b"with spaces \r\n"[..]).unwrap(),
            "with spaces "
        );
        for wrong in [&b""[..], b"\n", b"\xff\xfe"] {
            assert_eq!(first_line(wrong).unwrap_err().kind, "password");
        }
    }

    #[test]
    fn a_new_password_is_long_enough_and_not_endless() {
        assert!(check_new("correct horse").is_ok());
        assert!(check_new("short").is_err());
        assert!(check_new(&"x".repeat(300)).is_err());
    }
}
