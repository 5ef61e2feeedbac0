//! `guildhall mandates`

use crate::approve::decider;
use crate::args::{MandateAddArgs, MandatesArgs, MandatesCommand};
use crate::card::layout::number;
use crate::error::CliError;
use crate::exit::Exit;
use crate::grants::overlaps;
use crate::home::Home;
use crate::host;
use crate::output;
use crate::source;
use crate::when::{self, Clock, last_day, now_ms};
use guildhall_host::{
    Amount, EgressConfig, Host, MandateSummary, MandateTerms, MessageGrant, PayGrant, Scope,
    Tenant, Terms,
};
use guildhall_package::text::plain;
use guildhall_package::{Digest, SkillPackage};
use serde_json::json;
use std::path::Path;

/// Lists, shows, gives or revokes mandates.
///
/// # Errors
/// If there is no such mandate, its terms can't be used, or it may not be given here.
pub async fn run(home: &Home, args: MandatesArgs) -> Result<Exit, CliError> {
    let command = args
        .command
        .unwrap_or(MandatesCommand::List { json: args.json });
    if let MandatesCommand::Add(_) = command {
        home.config()?.may_approve()?;
    }
    let host = host::open(home, EgressConfig::default()).await?;
    let exit = match command {
        MandatesCommand::List { json } => list(&host, json).await,
        MandatesCommand::Show { id, json } => show(&host, &id, json).await,
        MandatesCommand::Add(args) => add(&host, home, *args).await,
        MandatesCommand::Revoke { id, json } => revoke(&host, &id, json).await,
    }?;
    host.shutdown().await;
    Ok(exit)
}

async fn all(host: &Host) -> Result<Vec<MandateSummary>, CliError> {
    host.mandates(&Tenant::local())
        .await
        .map_err(host::host_error)
}

async fn list(host: &Host, as_json: bool) -> Result<Exit, CliError> {
    let mandates = all(host).await?;
    if as_json {
        output::json(&json!({ "mandates": super::to_json(&mandates)? }));
        return Ok(Exit::Done);
    }
    if mandates.is_empty() {
        output::note("There is no mandate: everything is asked about.");
        return Ok(Exit::Done);
    }
    let now = now_ms();
    let ids: Vec<&str> = mandates
        .iter()
        .map(|summary| summary.mandate.id.as_str())
        .collect();
    let rows = mandates
        .iter()
        .zip(host::short_ids(&ids))
        .map(|(summary, id)| {
            [
                id.to_owned(),
                summary.mandate.skill.short(),
                summary.mandate.scope.words(),
                used(summary),
                until(summary),
                state(summary, now).to_owned(),
            ]
        });
    output::line(output::table(
        ["ID", "SKILL", "ALLOWS", "USED", "UNTIL", "STATE"],
        rows,
    ));
    Ok(Exit::Done)
}

async fn show(host: &Host, id: &str, as_json: bool) -> Result<Exit, CliError> {
    let summary = find(host, id).await?;
    if as_json {
        output::json(&super::to_json(&summary)?);
        return Ok(Exit::Done);
    }
    let clock = Clock::system();
    let mandate = &summary.mandate;
    super::fact("mandate", plain(&mandate.id, 64));
    super::fact("skill", mandate.skill);
    super::fact("allows", plain(&summary.words, 2_000));
    super::fact(
        "used",
        format!(
            "{}, {}",
            used(&summary),
            mandate.scope.per().phrase().replace("a ", "this ")
        ),
    );
    super::fact("state", state(&summary, now_ms()));
    super::fact(
        "given by",
        format!(
            "{}, {}, {}",
            plain(&summary.given_by, 200),
            plain(&summary.channel, 80),
            clock.date(summary.given_at_ms)
        ),
    );
    if let Some(at) = summary.revoked_at_ms {
        super::fact("revoked", clock.date(at));
    }
    Ok(Exit::Done)
}

async fn add(host: &Host, home: &Home, args: MandateAddArgs) -> Result<Exit, CliError> {
    let skill = skill_digest(home, &args.skill)?;
    let scope = scope(&args, home)?;
    let zone = args.zone.unwrap_or_else(when::zone);
    let until = Terms::parse(args.until.as_deref(), None, None, &zone, now_ms())
        .map_err(|error| CliError::usage(plain(&error.to_string(), 600)).kind("terms"))?;
    let terms = MandateTerms {
        scope,
        zone,
        until_ms: until.until_ms,
    };
    let id = host
        .give_mandate(
            &Tenant::local(),
            skill,
            terms.clone(),
            &decider(),
            super::CHANNEL,
        )
        .await
        .map_err(host::host_error)?;
    let said = terms.words(skill);
    if args.json {
        output::json(&json!({ "mandate": id, "skill": skill, "words": said }));
    } else {
        output::line(&id);
        output::note(format_args!("From now on: {}.", plain(&said, 2_000)));
        output::hint(format_args!(
            "take it back with {} mandates revoke {id}",
            super::program(home)
        ));
    }
    Ok(Exit::Done)
}

async fn revoke(host: &Host, id: &str, as_json: bool) -> Result<Exit, CliError> {
    let (tenant, by) = (Tenant::local(), decider());
    // By its whole identifier first: one that can't be listed, because its record was changed, is taken back like any other.
    let at_once = host.revoke_mandate(&tenant, id, &by).await;
    let (id, revoked) = if at_once.map_err(host::host_error)? {
        (id.to_owned(), true)
    } else {
        let id = find(host, id).await?.mandate.id;
        let revoked = host.revoke_mandate(&tenant, &id, &by).await;
        (id, revoked.map_err(host::host_error)?)
    };
    if as_json {
        output::json(&json!({ "mandate": id, "revoked": revoked }));
    } else if revoked {
        output::note(format_args!(
            "The mandate {id} is revoked: nothing more is done by it, also not what it approved and is still to be done."
        ));
    } else {
        output::note(format_args!("The mandate {id} was revoked before."));
    }
    Ok(Exit::Done)
}

async fn find(host: &Host, given: &str) -> Result<MandateSummary, CliError> {
    host::long_enough(given, "mandate")?;
    let mandates = all(host).await?;
    let ids = mandates.iter().map(|summary| summary.mandate.id.clone());
    let id = host::pick(given, ids, "mandate", "`guildhall mandates` lists them")?;
    mandates
        .into_iter()
        .find(|summary| summary.mandate.id == id)
        .ok_or_else(|| host::fault(format!("the mandate {id} is gone")))
}

/// The digest as given, or that of an installed skill or a component file.
fn skill_digest(home: &Home, given: &str) -> Result<Digest, CliError> {
    if given.starts_with("sha256:") {
        return given
            .parse::<Digest>()
            .map_err(|error| CliError::usage(format!("--skill: {error}")).kind("skill"));
    }
    let bytes = source::find(home, Path::new(given))?.bytes;
    SkillPackage::read(&bytes)
        .map(|package| package.digest)
        .map_err(host::read_error)
}

fn scope(args: &MandateAddArgs, home: &Home) -> Result<Scope, CliError> {
    match (&args.pay, &args.files, &args.message) {
        (Some(pay), ..) => payment(pay, args),
        (_, Some(folder), _) => files(folder, args, home.path()),
        (_, _, Some(message)) => messages(message, args),
        (None, None, None) => Err(CliError::usage(
            "a mandate is for payments, files or messages: give --pay, --files or --message",
        )),
    }
}

fn payment(pay: &PayGrant, args: &MandateAddArgs) -> Result<Scope, CliError> {
    let account = pay
        .payee
        .as_ref()
        .and_then(|payee| Some((payee.scheme().as_str(), payee.account()?)));
    let Some((scheme, account)) = account else {
        return Err(
            CliError::usage("a mandate to pay names the one account that is paid")
                .kind("no-account")
                .fix("write it like --pay 'EUR 200.00 to DE89 3704 0044 0532 0130 00'"),
        );
    };
    let currency = pay.ceiling.currency;
    if let Some(each) = args.each.filter(|each| each.currency != currency) {
        return Err(CliError::usage(format!(
            "--each is {each}, but --pay is in {currency}; nothing is converted"
        ))
        .kind("terms"));
    }
    Ok(Scope::Payment {
        scheme: scheme.to_owned(),
        account: account.to_owned(),
        currency,
        limit_minor: pay.ceiling.minor,
        per: args.per,
        each_minor: args.each.map(|each| each.minor),
    })
}

fn files(folder: &Path, args: &MandateAddArgs, home: &Path) -> Result<Scope, CliError> {
    // As the host names the folder of a write: by its own path, links followed.
    let found = folder.canonicalize().map_err(|error| {
        CliError::usage(format!("--files {}: {error}", folder.display())).kind("no-folder")
    })?;
    if !found.is_dir() {
        return Err(
            CliError::usage(format!("--files {}: it is not a folder", folder.display()))
                .kind("no-folder"),
        );
    }
    if overlaps(&found, home) {
        return Err(CliError::refused(format!(
            "{} holds the home folder {} or lies in it, and who can write there can approve in your name",
            found.display(),
            home.display()
        ))
        .kind("files.own-folder")
        .fix("name a folder that has nothing to do with the home folder"));
    }
    Ok(Scope::FileWrite {
        folder: found,
        replace: args.replace,
        per: args.per,
        count: args.count.unwrap_or(1),
    })
}

fn messages(message: &MessageGrant, args: &MandateAddArgs) -> Result<Scope, CliError> {
    let Some(recipient) = &message.recipient else {
        return Err(CliError::usage("a mandate to send names the one recipient")
            .kind("no-recipient")
            .fix("write it like --message 'email to billing@example.com'"));
    };
    Ok(Scope::Message {
        channel: message.channel.to_string(),
        recipient: recipient.clone(),
        per: args.per,
        count: args.count.unwrap_or(1),
    })
}

/// What is used in the current period, and of what.
fn used(summary: &MandateSummary) -> String {
    let count = |minor: i64| number(u64::try_from(minor).unwrap_or_default());
    let scope = &summary.mandate.scope;
    match scope {
        Scope::Payment { currency, .. } => {
            let money = |minor: i64| Amount {
                minor,
                currency: *currency,
            };
            format!("{} of {}", money(summary.used), money(scope.limit()))
        }
        Scope::FileWrite { .. } | Scope::Message { .. } => {
            format!("{} of {}", count(summary.used), count(scope.limit()))
        }
    }
}

fn until(summary: &MandateSummary) -> String {
    match summary.mandate.until_ms {
        Some(end) => last_day(end, &summary.mandate.zone),
        None => "you revoke it".to_owned(),
    }
}

const fn state(summary: &MandateSummary, now: i64) -> &'static str {
    match (summary.revoked_at_ms, summary.mandate.until_ms) {
        (Some(_), _) => "revoked",
        (None, Some(end)) if end <= now => "ended",
        (None, _) => "counts",
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;
    use crate::args::{Cli, Command};
    use crate::testing::{file_scope, payment_scope};
    use clap::Parser;
    use guildhall_host::Mandate;

    fn given(rest: &[&str]) -> MandateAddArgs {
        let head = ["guildhall", "mandates", "add", "--skill", "a.wasm"];
        let cli = Cli::try_parse_from(head.iter().chain(rest).copied()).unwrap();
        match cli.command {
            Command::Mandates(MandatesArgs {
                command: Some(MandatesCommand::Add(args)),
                ..
            }) => *args,
            _ => panic!("another command"),
        }
    }

    fn summary(scope: Scope) -> MandateSummary {
        MandateSummary {
            mandate: Mandate {
                id: "0198c0de-f00d-7000-8000-000000000001".to_owned(),
                skill: Digest::of(b"skill"),
                scope,
                zone: "Europe/Berlin".to_owned(),
                from_ms: 0,
                until_ms: Some(86_400_000),
            },
            words: String::new(),
            used: 1,
            given_by: "ann".to_owned(),
            channel: "command line".to_owned(),
            given_at_ms: 0,
            revoked_at_ms: None,
        }
    }

    #[test]
    fn a_mandate_to_pay_names_one_account() {
        let home = Path::new("/nonexistent");
        let home = Home::find(Some(home.to_owned())).unwrap();
        let one = scope(&given(&["--pay", "EUR 200.00 to book:acme"]), &home).unwrap();
        assert_eq!(
            one.words(),
            "Pay book:acme up to EUR 200.00 a day without asking"
        );
        for wrong in ["EUR 200.00", "EUR 200.00 to iban:*", "EUR 200.00 to book:*"] {
            let error = scope(&given(&["--pay", wrong]), &home).unwrap_err();
            assert_eq!((&*error.kind, error.exit.code()), ("no-account", 2));
        }
        let other = given(&["--pay", "EUR 2.00 to book:acme", "--each", "USD 1.00"]);
        assert_eq!(scope(&other, &home).unwrap_err().kind, "terms");
        let anybody = given(&["--message", "email"]);
        assert_eq!(scope(&anybody, &home).unwrap_err().kind, "no-recipient");
    }

    #[test]
    fn a_mandate_to_write_is_for_a_folder_that_is_there_and_not_the_home() {
        let folder = tempfile::tempdir().unwrap();
        let (inside, beside) = (folder.path().join("home/x"), folder.path().join("out"));
        for made in [&inside, &beside] {
            std::fs::create_dir_all(made).unwrap();
        }
        let home = Home::find(Some(folder.path().join("home"))).unwrap();
        let at = |path: &Path| scope(&given(&["--files", path.to_str().unwrap()]), &home);
        assert!(at(&beside).is_ok());
        assert_eq!(at(&inside).unwrap_err().kind, "files.own-folder");
        assert_eq!(at(folder.path()).unwrap_err().kind, "files.own-folder");
        assert_eq!(at(&folder.path().join("no")).unwrap_err().kind, "no-folder");
    }

    #[test]
    fn what_is_used_and_how_long_it_counts_is_said() {
        let money = summary(payment_scope());
        assert_eq!(used(&money), "EUR 0.01 of EUR 100.00");
        assert_eq!(used(&summary(file_scope())), "1 of 1");
        assert_eq!(until(&money), "1970-01-02");
        assert_eq!(state(&money, 0), "counts");
        assert_eq!(state(&money, 86_400_000), "ended");
        let revoked = MandateSummary {
            revoked_at_ms: Some(1),
            ..money
        };
        assert_eq!(state(&revoked, 0), "revoked");
    }

    #[test]
    fn a_skill_is_named_by_its_digest_or_its_file() {
        let digest = Digest::of(b"skill");
        let home = Home::find(Some("/nonexistent".into())).unwrap();
        let skill_digest = |given: &str| skill_digest(&home, given);
        assert_eq!(skill_digest(&digest.to_string()).unwrap(), digest);
        assert_eq!(skill_digest("sha256:00").unwrap_err().kind, "skill");
        assert_eq!(
            skill_digest("/nonexistent.wasm").unwrap_err().kind,
            "no-file"
        );
    }
}
