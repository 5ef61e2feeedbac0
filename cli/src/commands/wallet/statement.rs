//! What was posted to an account, for people and for spreadsheets.

use crate::card::layout::payee;
use crate::error::CliError;
use crate::exit::Exit;
use crate::host;
use crate::output;
use crate::when::{Clock, rfc3339};
use guildhall_host::{Amount, Currency, Hold, Host, StatementLine, Tenant};
use serde_json::json;

/// Shows a statement.
pub(super) async fn run(
    host: &Host,
    name: &str,
    csv: bool,
    as_json: bool,
) -> Result<Exit, CliError> {
    let lines = host
        .statement(&Tenant::local(), name)
        .await
        .map_err(host::host_error)?;
    if as_json {
        output::json(&json!({ "lines": super::super::to_json(&lines)? }));
    } else if csv {
        output::line("time,kind,amount,currency,other,state,run,balance");
        for line in &lines {
            output::line(comma_separated(line));
        }
    } else if lines.is_empty() {
        output::note("Nothing was posted to this account yet.");
    } else {
        let clock = Clock::system();
        output::line(output::table(
            [
                "WHEN",
                "WHAT",
                "AMOUNT",
                "OTHER SIDE",
                "STATE",
                "RUN",
                "BALANCE",
            ],
            lines.iter().map(|line| {
                [
                    clock.date(line.at_ms),
                    line.kind.clone(),
                    amount(line, line.minor).map_or_else(unknown, |amount| amount.to_string()),
                    payee(&line.other),
                    state(line).to_owned(),
                    line.run.clone().unwrap_or_default(),
                    amount(line, line.balance).map_or_else(unknown, |amount| amount.to_string()),
                ]
            }),
        ));
    }
    Ok(Exit::Done)
}

fn amount(line: &StatementLine, minor: i64) -> Option<Amount> {
    let currency = Currency::parse(&line.currency).ok()?;
    Some(Amount { minor, currency })
}

/// What has become of a payment.
const fn state(line: &StatementLine) -> &'static str {
    match line.state {
        None => "",
        Some(Hold::None) => "waits",
        Some(Hold::Held) => "held",
        Some(Hold::Captured) => "paid",
        Some(Hold::Void) => "not paid",
        Some(Hold::Expired) => "expired",
        Some(Hold::Returned) => "returned",
    }
}

fn unknown() -> String {
    "?".to_owned()
}

fn comma_separated(line: &StatementLine) -> String {
    // `EUR 1234.50` without its currency, which has a column of its own.
    let number = |minor: i64| {
        amount(line, minor).map_or_else(unknown, |amount| {
            let text = amount.plain();
            text.split_once(' ')
                .map_or_else(|| text.clone(), |(_, number)| number.to_owned())
        })
    };
    [
        rfc3339(line.at_ms),
        line.kind.clone(),
        number(line.minor),
        line.currency.clone(),
        line.other.clone(),
        state(line).to_owned(),
        line.run.clone().unwrap_or_default(),
        number(line.balance),
    ]
    .map(|field| cell(&field))
    .join(",")
}

/// A field after RFC 4180. One that a spreadsheet would take for a formula is shown as text; a negative number is none.
fn cell(field: &str) -> String {
    let formula = field.starts_with(['=', '+', '@', '\t', '\r'])
        || (field.starts_with('-') && field.parse::<f64>().is_err());
    let field = if formula {
        format!("'{field}")
    } else {
        field.to_owned()
    };
    if field.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(minor: i64, other: &str) -> StatementLine {
        StatementLine {
            at_ms: 0,
            kind: "hold".to_owned(),
            minor,
            currency: "EUR".to_owned(),
            other: other.to_owned(),
            run: None,
            state: None,
            balance: 100,
        }
    }

    #[test]
    fn a_line_has_plain_decimal_numbers() {
        assert_eq!(
            comma_separated(&line(-123_450, "iban:DE89370400440532013000")),
            "1970-01-01T00:00:00Z,hold,-1234.50,EUR,iban:DE89370400440532013000,,,1.00"
        );
    }

    #[test]
    fn no_field_breaks_the_line_or_is_a_formula() {
        assert_eq!(cell("a,\"b\""), "\"a,\"\"b\"\"\"");
        assert_eq!(cell("=1+1"), "'=1+1");
        assert_eq!(cell("-cmd"), "'-cmd");
        assert_eq!(cell("-12.00"), "-12.00");
        assert!(comma_separated(&line(1, "x\n=2")).contains("\"x\n=2\""));
    }
}
