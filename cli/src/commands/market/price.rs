//! `guildhall price`

use crate::args::market::PriceArgs;
use crate::error::CliError;
use crate::exit::Exit;
use crate::home::Home;
use crate::market::Market;
use crate::market::http::Method;
use crate::market::release::skill;
use crate::output;
use guildhall_host::Amount;
use guildhall_package::market::money::{Price, PriceModel, SetPrice};
use guildhall_package::text::plain;
use serde_json::json;

/// Sets what a skill costs, or shows it.
///
/// # Errors
/// If it is no price, or the marketplace refuses.
pub async fn run(home: &Home, args: PriceArgs) -> Result<Exit, CliError> {
    let wanted = parse(&args.price)?;
    let name = &args.name;
    let price = match wanted {
        None => {
            let market = Market::open(home, args.from.from.as_ref())?;
            skill(&market, name).await?.price
        }
        Some(price) => {
            let market = Market::logged_in(home, args.from.from.as_ref())?;
            let path = format!("/api/v1/skills/{name}/price");
            let request = SetPrice {
                price: price.clone(),
            };
            market
                .http
                .done(Method::PUT, &path, &|builder| builder.json(&request))
                .await?;
            price
        }
    };
    if args.json {
        output::json(&json!({ "skill": name, "price": price, "words": price.to_string() }));
    } else if args.price.is_empty() {
        output::line(format_args!("{name}: {price}"));
    } else {
        output::note(format_args!(
            "{name} is {price} from now on. Who has bought it keeps what he paid for."
        ));
    }
    Ok(Exit::Done)
}

/// A price in words; none if there are none.
fn parse(words: &[String]) -> Result<Option<Price>, CliError> {
    let words: Vec<&str> = words
        .iter()
        .flat_map(|word| word.split_whitespace())
        .collect();
    let (model, amount) = match words.as_slice() {
        [] => return Ok(None),
        ["free"] => return Ok(Some(Price::Free)),
        [model @ ("once" | "monthly"), one, other] => (*model, amount(one, other)),
        _ => return Err(no_price(&words.join(" "))),
    };
    let model = match model {
        "once" => PriceModel::OneTime,
        _ => PriceModel::PerMonth,
    };
    let amount = amount.ok_or_else(|| no_price(&words.join(" ")))?;
    Price::of(model, amount).map(Some).map_err(|error| {
        CliError::usage(error.to_string())
            .kind("price")
            .fix("guildhall price --help")
    })
}

/// `EUR 12.00` or `12.00 EUR`.
fn amount(one: &str, other: &str) -> Option<Amount> {
    let is_code = |word: &str| word.bytes().all(|byte| byte.is_ascii_uppercase());
    let text = if is_code(one) {
        format!("{one} {other}")
    } else {
        format!("{other} {one}")
    };
    text.parse().ok()
}

fn no_price(given: &str) -> CliError {
    CliError::usage(format!(
        "`{}` is no price; write free, once EUR 12.00 or monthly EUR 5.00",
        plain(given, 80)
    ))
    .kind("price")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Result<Option<Price>, CliError> {
        let words: Vec<String> = text.split(' ').map(str::to_owned).collect();
        parse(&words)
    }

    #[test]
    fn a_price_is_read_in_either_order_and_nothing_else_is_one() {
        assert_eq!(parse(&[]).unwrap(), None);
        assert_eq!(read("free").unwrap(), Some(Price::Free));
        let once = read("once EUR 12.00").unwrap().unwrap();
        assert_eq!(once.to_string(), "EUR 12.00 once");
        assert_eq!(read("once 12.00 EUR").unwrap(), Some(once.clone()));
        assert_eq!(
            parse(&["once".to_owned(), "EUR 12".to_owned()]).unwrap(),
            Some(once)
        );
        let monthly = read("monthly JPY 500").unwrap().unwrap();
        assert_eq!(monthly.model(), PriceModel::PerMonth);
        for wrong in [
            "once",
            "monthly",
            "free EUR 1.00",
            "once EUR",
            "once EUR -1.00",
            "once EUR 0.00",
            "once EUR 1.001",
            "once eur 1.00",
            "once XXX 1.00",
            "yearly EUR 1.00",
            "once EUR 99999999999999999999",
        ] {
            assert_eq!(read(wrong).unwrap_err().exit, Exit::Usage, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn no_price_panics(words in proptest::collection::vec(".{0,12}", 0..4)) {
            let _ = parse(&words);
        }
    }
}
