#![allow(clippy::unwrap_used, clippy::panic)]

use super::*;
use crate::grants::Setting;
use clap::CommandFactory;
use guildhall_host::{Period, Retention};
use guildhall_package::FolderName;

fn parsed(arguments: &[&str]) -> Result<Command, clap::Error> {
    let arguments = std::iter::once("guildhall").chain(arguments.iter().copied());
    Cli::try_parse_from(arguments).map(|cli| cli.command)
}

#[test]
fn the_command_line_is_consistent() {
    Cli::command().debug_assert();
}

#[test]
fn every_command_explains_itself_with_an_example() {
    for command in Cli::command()
        .get_subcommands()
        .filter(|c| !c.is_hide_set())
    {
        assert!(command.get_about().is_some(), "{}", command.get_name());
        let after = command
            .get_after_help()
            .map(ToString::to_string)
            .unwrap_or_default();
        assert!(after.contains("guildhall "), "{}", command.get_name());
    }
}

#[test]
fn a_whole_run_is_understood() {
    let cli = Cli::try_parse_from([
        "guildhall",
        "run",
        "a.wasm",
        "convert",
        "--input",
        "-",
        "--allow-net",
        "GET https://a.example/x/*",
        "--allow-net",
        "GET,HEAD https://b.example/**",
        "--read",
        "in=.",
        "--write",
        "out=.",
        "--approve",
        "none",
        "--set",
        "k=v=w",
        "--limit",
        "fuel=10",
        "--peer",
        "a.example:443=127.0.0.1:8443",
        "--json",
    ])
    .unwrap();
    let Command::Run(run) = cli.command else {
        panic!("another command")
    };
    assert_eq!(run.retention, Retention::Full);
    assert_eq!(run.allow_net.len(), 2);
    assert_eq!(run.approve, Some(ApproveMode::None));
    assert_eq!(
        run.settings,
        [Setting {
            name: "k".to_owned(),
            value: "v=w".to_owned()
        }]
    );
    assert!(Command::Run(run).json());
}

#[test]
fn runs_alone_lists_and_takes_the_list_flags() {
    let cli = Cli::try_parse_from(["guildhall", "runs", "--limit", "3", "--json"]).unwrap();
    let Command::Runs(runs) = cli.command else {
        panic!("another command")
    };
    assert!(runs.command.is_none());
    assert_eq!(runs.list.limit, 3);
}

#[test]
fn a_peer_ca_without_a_peer_is_wrong_usage() {
    let parsed = Cli::try_parse_from(["guildhall", "run", "a", "b", "--peer-ca", "ca.pem"]);
    assert!(parsed.is_err());
}

#[test]
fn every_subcommand_says_what_it_does() {
    fn look(command: &clap::Command, path: &str) {
        for sub in command.get_subcommands().filter(|c| !c.is_hide_set()) {
            let path = format!("{path} {}", sub.get_name());
            assert!(sub.get_about().is_some(), "{path}");
            look(sub, &path);
        }
    }
    look(&Cli::command(), "guildhall");
}

#[test]
fn a_run_is_granted_money_messages_and_secrets() {
    let command = parsed(&[
        "run",
        "a.wasm",
        "pay",
        "--pay",
        "EUR 500.00",
        "--pay",
        "USD 5 to book:acme",
        "--message",
        "email to billing@example.com",
        "--secret",
        "rates-key",
        "--retention",
        "hashes",
        "--receipt",
        "r.json",
        "--no-mandates",
    ]);
    let Command::Run(run) = command.unwrap() else {
        panic!("another command")
    };
    assert_eq!(run.pay.len(), 2);
    assert_eq!(run.message.len(), 1);
    assert_eq!(
        run.secret.first().map(FolderName::as_str),
        Some("rates-key")
    );
    assert_eq!(run.retention, Retention::Hashes);
    assert!(run.no_mandates && run.receipt.is_some());
    for wrong in [
        &["--pay", "500"][..],
        &["--pay", "EUR 0"],
        &["--pay", "EUR 5 to DE00"],
        &["--message", "Email"],
        &["--secret", "a b"],
        &["--retention", "some"],
    ] {
        let all: Vec<&str> = ["run", "a.wasm", "pay"]
            .iter()
            .chain(wrong)
            .copied()
            .collect();
        assert!(parsed(&all).is_err(), "{wrong:?}");
    }
}

#[test]
fn commands_without_a_subcommand_list() {
    for word in ["wallet", "mandates", "secrets", "messages"] {
        assert!(!parsed(&[word]).unwrap().json(), "{word}");
        assert!(parsed(&[word, "--json"]).unwrap().json(), "{word}");
        assert!(parsed(&[word, "list", "--json"]).unwrap().json(), "{word}");
    }
}

#[test]
fn a_limit_names_its_period_and_is_not_set_and_taken_away_at_once() {
    let command = parsed(&[
        "wallet",
        "limit",
        "main",
        "EUR 500.00",
        "--per",
        "day",
        "--ask-above",
        "EUR 200.00",
    ]);
    let Command::Wallet(WalletArgs {
        command: Some(WalletCommand::Limit(limit)),
        ..
    }) = command.unwrap()
    else {
        panic!("another command")
    };
    assert_eq!(limit.per, Some(Period::Day));
    assert_eq!(limit.ask_above.map(|amount| amount.minor), Some(20_000));
    assert!(parsed(&["wallet", "limit", "main", "--none"]).is_ok());
    assert!(parsed(&["wallet", "limit", "main", "--ask-above", "EUR 0"]).is_ok());
    for wrong in [
        &["main"][..],
        &["main", "EUR 500.00"],
        &["main", "--per", "day"],
        &["main", "EUR 500.00", "--per", "year"],
        &["main", "EUR 500.00", "--per", "day", "--none"],
        &["main", "--ask-above", "EUR 1", "--none"],
    ] {
        let all: Vec<&str> = ["wallet", "limit"].iter().chain(wrong).copied().collect();
        assert!(parsed(&all).is_err(), "{wrong:?}");
    }
}

#[test]
fn a_mandate_is_for_one_kind_of_effect() {
    let add = ["mandates", "add", "--skill", "a.wasm"];
    let with = |rest: &[&str]| {
        let all: Vec<&str> = add.iter().chain(rest).copied().collect();
        parsed(&all)
    };
    assert!(with(&["--pay", "EUR 200.00 to book:acme", "--each", "EUR 50.00"]).is_ok());
    assert!(
        with(&[
            "--files",
            "out",
            "--replace",
            "--count",
            "3",
            "--per",
            "month"
        ])
        .is_ok()
    );
    assert!(with(&["--message", "email to a@b.example", "--until", "2027-03-31"]).is_ok());
    for wrong in [
        &[] as &[&str],
        &["--pay", "EUR 1 to book:a", "--files", "out"],
        &["--pay", "EUR 1 to book:a", "--count", "2"],
        &["--message", "email to a@b.example", "--replace"],
        &["--files", "out", "--each", "EUR 1"],
        &["--files", "out", "--count", "0"],
    ] {
        assert!(with(wrong).is_err(), "{wrong:?}");
    }
}

#[test]
fn terms_of_a_mandate_need_a_mandate() {
    let approve = ["approvals", "approve", "0198c0de"];
    let with = |rest: &[&str]| {
        let all: Vec<&str> = approve.iter().chain(rest).copied().collect();
        parsed(&all)
    };
    assert!(with(&["--as-mandate", "--limit", "EUR 1", "--per", "week"]).is_ok());
    for wrong in [
        ["--limit", "EUR 1"],
        ["--per", "day"],
        ["--until", "2027-03-31"],
    ] {
        assert!(with(&wrong).is_err(), "{wrong:?}");
    }
}

#[test]
fn a_secret_is_bound_to_a_host_and_a_header_or_to_neither_and_has_no_value_here() {
    assert!(parsed(&["secrets", "set", "key"]).is_ok());
    assert!(
        parsed(&[
            "secrets",
            "set",
            "key",
            "--host",
            "a.example",
            "--header",
            "x-key"
        ])
        .is_ok()
    );
    for wrong in [
        &["secrets", "set", "key", "--host", "a.example"][..],
        &["secrets", "set", "key", "--header", "x-key"],
        &["secrets", "set", "key", "--prefix", "Bearer "],
        &["secrets", "set", "key", "the value"],
    ] {
        assert!(parsed(wrong).is_err(), "{wrong:?}");
    }
}

#[test]
fn a_mail_server_has_a_user_and_a_secret_or_neither() {
    let smtp = [
        "messages",
        "add-smtp",
        "email",
        "--server",
        "mail.example",
        "--from",
    ];
    let with = |rest: &[&str]| {
        let all: Vec<&str> = smtp.iter().chain(rest).copied().collect();
        parsed(&all)
    };
    assert!(with(&["Acme <a@b.example>"]).is_ok());
    assert!(with(&["a@b.example", "--user", "acme", "--secret", "mail-key"]).is_ok());
    assert!(with(&["a@b.example", "--user", "acme"]).is_err());
    assert!(with(&["a@b.example", "--secret", "mail-key"]).is_err());
    assert!(with(&["nobody"]).is_err());
}

#[test]
fn a_receipt_of_another_machine_is_not_replayed_here() {
    const KEY: &str = "ed25519:11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
    assert!(parsed(&["verify", "r.json", "--key", KEY]).is_ok());
    assert!(parsed(&["verify", "r.json", "--replay"]).is_ok());
    assert!(parsed(&["verify", "r.json", "--replay", "--key", KEY]).is_err());
    assert!(parsed(&["verify", "r.json", "--key", "ed25519:AAAA"]).is_err());
}
