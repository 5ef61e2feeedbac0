//! Probe.
use bindings::{Guest, Money};
use guildhall_sdk::network::Request;

struct Rates;
guildhall_sdk::skill!(Rates);

impl Guest for Rates {
    fn convert(amount: Money, to: String) -> Result<Money, String> {
        let body = Request::get("https://www.ecb.europa.eu/stats/eurofxref/eurofxref-daily.xml")
            .send()
            .and_then(|r| r.success())
            .map_err(|e| e.to_string())?
            .text()
            .map_err(|e| e.to_string())?
            .len();
        Money::new(amount.minor + body as i64, &to).map_err(|e| e.to_string())
    }
}
