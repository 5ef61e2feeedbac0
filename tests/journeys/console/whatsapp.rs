//! A merchant who is told by WhatsApp of what waits: the real binary against a server that keeps what it is asked to send.

use guildhall_tests::console::{Browser, Up};
use guildhall_tests::money::order;
use guildhall_tests::whatsapp::{
    APP_SECRET, BASE, NUMBER, PLACE, TOKEN, Whatsapp, calls, tells, wrote,
};
use guildhall_tests::{Home, Value, journal, json, proof, wire};

/// Ann's phone.
const ANN: &str = "4930999888";

/// A merchant who paid `book:acme` once before, and has a number.
struct Shop {
    whatsapp: Whatsapp,
    home: Home,
    up: Up,
    ann: Browser,
}

impl Shop {
    fn open(template: &str) -> Self {
        let home = Home::with_till(100_000);
        home.pays_once(order("book:acme", 1_000, "INV-0"));
        let whatsapp = Whatsapp::new();
        home.reaches(&[(PLACE, whatsapp.address())]);
        let up = Up::start(&home);
        let mut ann = up.owner();
        let fields = [
            ("base", BASE),
            ("number", NUMBER),
            ("phone", "+49 30 123456"),
            ("token", TOKEN),
            ("app_secret", APP_SECRET),
            ("template", template),
            ("language", "en"),
        ];
        let set = ann.send_from("/settings/chat", "/settings/chat/whatsapp", &fields);
        assert_eq!(set.status, 303, "{}", set.text());
        Self {
            whatsapp,
            home,
            up,
            ann,
        }
    }

    fn code(&mut self) -> String {
        let page = self
            .ann
            .send_from("/settings/chat", "/settings/chat/whatsapp/code", &[]);
        page.between("<code>", "<")
    }

    fn binds(&mut self) {
        let code = self.code();
        let told = tells(&self.up.address, &wrote("wamid.in.1", ANN, &code));
        assert_eq!(told.status, 200, "{}", told.text());
        let _ = self.whatsapp.says("belongs to Ann");
    }

    /// A small payment to the known payee, and what Ann is told of it.
    fn told(&self, document: &str) -> (String, Value) {
        let run = self
            .home
            .parked_payment(order("book:acme", 1_250, document));
        let said = self.whatsapp.says(&run);
        (run, said)
    }
}

#[test]
fn notices_are_links_and_no_reply_approves() {
    let mut shop = Shop::open("");
    shop.binds();
    let (run, notice) = shop.told("INV-1");
    assert_eq!(
        (&notice["to"], &notice["type"]),
        (&json!(ANN), &json!("text"))
    );
    let text = notice["text"]["body"].as_str().unwrap();
    assert!(text.contains(&format!("/approvals/{run}")), "{text}");
    assert!(!text.contains("12.50"), "facts are on the card: {text}");
    assert!(notice.get("interactive").is_none(), "{notice:#}");

    for (at, word) in ["yes", "approve", "Approve", "1", &run]
        .into_iter()
        .enumerate()
    {
        let told = tells(
            &shop.up.address,
            &wrote(&format!("wamid.in.y{at}"), ANN, word),
        );
        assert_eq!(told.status, 200);
    }
    // A button that the service would tell of counts as little.
    let mut tapped: Value = serde_json::from_str(&wrote("wamid.in.b", ANN, "x")).unwrap();
    let message = &mut tapped["entry"][0]["changes"][0]["value"]["messages"][0];
    message["type"] = json!("interactive");
    message["interactive"] =
        json!({"type": "button_reply", "button_reply": {"id": run, "title": "Approve"}});
    let told = tells(&shop.up.address, &tapped.to_string());
    assert_eq!(told.status, 200);
    // What comes behind it was looked at after it.
    let _ = shop.told("INV-2");
    assert_eq!(
        shop.home.recorded(&run)["outcome"]["status"],
        "awaiting_approval"
    );
    assert_eq!(shop.home.balance("till"), (99_000, 0));
    let about = |one: &&Value| one.to_string().contains(&run);
    assert_eq!(
        shop.whatsapp.sent().iter().filter(about).count(),
        1,
        "told once"
    );
}

#[test]
fn the_webhook_hears_what_is_signed_and_each_message_once() {
    let mut shop = Shop::open("");
    let code = shop.code();
    let body = wrote("wamid.in.1", ANN, &code);
    let good = proof::hub(APP_SECRET, body.as_bytes());
    let address = shop.up.address.clone();
    for (body, signature) in [
        (body.clone(), String::new()),
        (
            body.clone(),
            proof::hub("another secret of an app", body.as_bytes()),
        ),
        (body.clone(), good.replace("sha256", "sha1")),
        // The signature of another body.
        (body.replace(ANN, "4930666666"), good.clone()),
    ] {
        let refused = calls(&address, &body, &signature);
        assert_eq!(refused.status, 403, "{}", refused.text());
    }
    assert!(shop.whatsapp.sent().is_empty());
    // Signed, but about a number of somebody else.
    let other = body.replace(NUMBER, "999999999999");
    assert_eq!(tells(&address, &other).status, 200);
    assert!(shop.whatsapp.sent().is_empty());

    assert_eq!(calls(&address, &body, &good).status, 200);
    let _ = shop.whatsapp.says("belongs to Ann");
    // Told again, as the service does when an answer was lost: nothing comes of it, not even that the code does not count.
    for _ in 0..3 {
        assert_eq!(calls(&address, &body, &good).status, 200);
    }
    assert_eq!(shop.whatsapp.sent().len(), 1);

    // The service proves itself once with the token that the owner copied.
    let verify = shop
        .ann
        .get("/settings/chat")
        .between("<dt>Verify token</dt><dd><code>", "<");
    let ask = |token: &str| {
        wire::get(
            &address,
            &format!(
                "/hooks/whatsapp?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token={token}"
            ),
        )
    };
    assert_eq!(
        (ask(&verify).status, ask(&verify).text()),
        (200, "1158201444".to_owned())
    );
    assert_eq!(ask("ABCD-EFGH-JKMN").status, 403);
}

#[test]
fn a_day_after_somebody_wrote_only_the_template_is_sent() {
    let mut shop = Shop::open("decision_waits");
    shop.binds();
    let (_, first) = shop.told("INV-1");
    assert_eq!(first["type"], "text", "{first:#}");
    // As if they had written a day ago.
    journal::console(
        &shop.home,
        "UPDATE chat_bindings SET heard = heard - 86400000",
    );
    let (run, later) = shop.told("INV-2");
    assert_eq!(later["type"], "template", "{later:#}");
    let template = &later["template"];
    assert_eq!(
        (&template["name"], &template["language"]["code"]),
        (&json!("decision_waits"), &json!("en"))
    );
    let link = template["components"][0]["parameters"][0]["text"]
        .as_str()
        .unwrap();
    assert!(link.ends_with(&format!("/approvals/{run}")), "{link}");
    // The link is that of the card.
    let card = shop.ann.get(&link[link.find("/approvals").unwrap()..]);
    assert!(card.text().contains("12.50"), "{}", card.text());
    // They write: words again.
    assert_eq!(
        tells(&shop.up.address, &wrote("wamid.in.2", ANN, "hello")).status,
        200
    );
    let (_, again) = shop.told("INV-3");
    assert_eq!(again["type"], "text", "{again:#}");
}
