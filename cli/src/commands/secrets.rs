//! `guildhall secrets`

use crate::args::{SecretSetArgs, SecretsArgs, SecretsCommand};
use crate::error::CliError;
use crate::exit::Exit;
use crate::home::Home;
use crate::host;
use crate::output;
use crate::when::Clock;
use guildhall_host::{Binding, EgressConfig, Host, NewSecret, Tenant};
use guildhall_package::text::plain;
use inquire::{Password, PasswordDisplayMode};
use serde_json::json;
use std::io::{IsTerminal, Read};

/// Bytes read of a value: more than is taken, so that a longer one is refused and not cut.
const MOST: u64 = 16 << 10;

/// Lists, keeps or forgets secrets. A value never leaves by this way.
///
/// # Errors
/// If a secret can't be used as one, or the journal fails.
pub async fn run(home: &Home, args: SecretsArgs) -> Result<Exit, CliError> {
    let command = args
        .command
        .unwrap_or(SecretsCommand::List { json: args.json });
    let host = host::open(home, EgressConfig::default()).await?;
    let exit = match command {
        SecretsCommand::List { json } => list(&host, json).await,
        SecretsCommand::Set(args) => set(&host, home, args).await,
        SecretsCommand::Remove { name, json } => remove(&host, &name, json).await,
    }?;
    host.shutdown().await;
    Ok(exit)
}

async fn list(host: &Host, as_json: bool) -> Result<Exit, CliError> {
    let secrets = host
        .secrets(&Tenant::local())
        .await
        .map_err(host::host_error)?;
    if as_json {
        output::json(&json!({ "secrets": super::to_json(&secrets)? }));
        return Ok(Exit::Done);
    }
    if secrets.is_empty() {
        output::note("No secret is kept.");
        return Ok(Exit::Done);
    }
    let clock = Clock::system();
    output::line(output::table(
        ["NAME", "GOES TO", "HEADER", "SET"],
        secrets.iter().map(|secret| {
            let (host, header) = match &secret.bound {
                Some(bound) => (bound.host.clone(), header(bound)),
                None => ("a channel that names it".to_owned(), String::new()),
            };
            [
                secret.name.clone(),
                host,
                header,
                clock.date(secret.created_at_ms),
            ]
        }),
    ));
    Ok(Exit::Done)
}

/// `authorization: Bearer …`.
fn header(bound: &Binding) -> String {
    format!("{}: {}…", bound.header, bound.prefix)
}

async fn set(host: &Host, home: &Home, args: SecretSetArgs) -> Result<Exit, CliError> {
    let bound = binding(args.host, args.header, args.prefix);
    let secret = tokio::task::spawn_blocking(move || {
        let mut secret = NewSecret {
            name: args.name,
            bound,
            // Room for all of it, so that no copy is left behind where it grew.
            value: String::with_capacity(usize::try_from(MOST).unwrap_or_default()).into(),
        };
        if std::io::stdin().is_terminal() {
            secret.value = ask()?.into();
        } else {
            read(std::io::stdin().lock(), &mut secret.value)?;
        }
        Ok::<NewSecret, CliError>(secret)
    })
    .await
    .map_err(host::fault)??;
    let (name, bound) = (secret.name.clone(), secret.bound.clone());
    host.set_secret(&Tenant::local(), secret)
        .await
        .map_err(host::host_error)?;
    if args.json {
        output::json(&json!({ "name": name, "bound": super::to_json(&bound)? }));
        return Ok(Exit::Done);
    }
    match &bound {
        Some(bound) => output::note(format_args!(
            "`{name}` is kept; it goes to {} as `{}` for runs with --secret {name}.",
            plain(&bound.host, 300),
            plain(&header(bound), 200)
        )),
        None => output::note(format_args!(
            "`{name}` is kept, for a channel that names it."
        )),
    }
    output::note(format_args!(
        "It is encrypted in the journal; the key is {}, which only you can read.",
        home.state().join("keys/store.key").display()
    ));
    Ok(Exit::Done)
}

fn binding(
    host: Option<String>,
    header: Option<String>,
    prefix: Option<String>,
) -> Option<Binding> {
    // The command line gives both or neither.
    let (host, header) = (host?, header?);
    Some(Binding {
        host: host.to_ascii_lowercase(),
        header: header.to_ascii_lowercase(),
        prefix: prefix.unwrap_or_default(),
    })
}

/// Asks without showing what is typed.
fn ask() -> Result<String, CliError> {
    Password::new("Value")
        .with_display_mode(PasswordDisplayMode::Hidden)
        .without_confirmation()
        .with_help_message("it is not shown; esc to keep nothing")
        .prompt()
        .map_err(|_| CliError::usage("no value was given; nothing is kept").kind("secret"))
}

/// Reads a value, without the line break that a file or `echo` puts at its end.
fn read(from: impl Read, value: &mut String) -> Result<(), CliError> {
    from.take(MOST)
        .read_to_string(value)
        .map_err(|error| CliError::usage(format!("standard input: {error}")).kind("secret"))?;
    if value.ends_with('\n') {
        value.pop();
        if value.ends_with('\r') {
            value.pop();
        }
    }
    Ok(())
}

async fn remove(host: &Host, name: &str, as_json: bool) -> Result<Exit, CliError> {
    let removed = host
        .remove_secret(&Tenant::local(), name)
        .await
        .map_err(host::host_error)?;
    if as_json && removed {
        output::json(&json!({ "name": name, "removed": true }));
    } else if removed {
        output::note(format_args!("`{}` is forgotten.", plain(name, 80)));
    } else {
        return Err(
            CliError::usage(format!("there is no secret `{}`", plain(name, 80)))
                .kind("not-found")
                .fix("`guildhall secrets` lists them"),
        );
    }
    Ok(Exit::Done)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn one_line_break_at_the_end_is_no_part_of_a_value() {
        for (given, kept) in [
            ("s3cret-value\n", "s3cret-value"),
            ("s3cret-value\r\n", "s3cret-value"),
            ("two lines\n\n", "two lines\n"),
            ("none", "none"),
        ] {
            let mut value = String::new();
            read(given.as_bytes(), &mut value).unwrap();
            assert_eq!(value, kept);
        }
    }

    #[test]
    fn a_value_that_is_too_long_is_not_cut_to_fit() {
        let mut value = String::new();
        read(std::io::repeat(b'x'), &mut value).unwrap();
        assert!(value.len() > 8 << 10, "more than the host takes");
        assert!(read(&[0xff_u8, 0xfe][..], &mut String::new()).is_err());
    }

    #[test]
    fn a_binding_is_written_as_requests_are() {
        let bound = binding(
            Some("API.example.com".to_owned()),
            Some("Authorization".to_owned()),
            Some("Bearer ".to_owned()),
        )
        .unwrap();
        assert_eq!(
            (bound.host.as_str(), header(&bound).as_str()),
            ("api.example.com", "authorization: Bearer …")
        );
        assert_eq!(binding(None, None, None), None);
    }
}
