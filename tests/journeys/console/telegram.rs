//! A merchant who is told by Telegram of what waits, and decides about small payments there: the real binary against npm
//! `telegram-test-api`.

use guildhall_tests::console::{Browser, Up};
use guildhall_tests::money::order;
use guildhall_tests::settings::letter;
use guildhall_tests::telegram::{PLACE, Said, TOKEN, Telegram};
use guildhall_tests::{Home, Seed, journal, json};
use std::time::{Duration, Instant};

/// Numbers of the chats of two people.
const ANN: i64 = 5_001;
const MALLORY: i64 = 6_666;

/// A merchant who paid `book:acme` once before, and has a bot.
struct Shop {
    telegram: Telegram,
    home: Home,
    up: Option<Up>,
}

impl Shop {
    /// Ann's chat is bound; payments up to EUR 50.00 are decided there.
    fn open() -> (Self, Browser) {
        let home = Home::with_till(100_000);
        home.pays_once(order("book:acme", 1_000, "INV-0"));
        let telegram = Telegram::start();
        home.reaches(&[(PLACE, telegram.address())]);
        let up = Up::start(&home);
        let mut ann = up.owner();
        let fields = [("token", TOKEN), ("ceilings", "EUR 50.00"), ("base", PLACE)];
        let set = ann.send_from("/settings/chat", "/settings/chat/telegram", &fields);
        assert_eq!(set.status, 303, "{}", set.text());
        let shop = Self {
            telegram,
            home,
            up: Some(up),
        };
        let code = Self::code(&mut ann);
        shop.telegram.writes(ANN, &format!("/start {code}"));
        let _ = shop.telegram.says(ANN, "belongs to Ann");
        (shop, ann)
    }

    fn code(ann: &mut Browser) -> String {
        let page = ann.send_from("/settings/chat", "/settings/chat/telegram/code", &[]);
        page.between("<code>", "<")
    }

    /// A payment to the known payee that waits, and what Ann is told of it.
    fn told(&self, minor: i64, document: &str) -> (String, Said) {
        let run = self
            .home
            .parked_payment(order("book:acme", minor, document));
        let said = self.telegram.says(ANN, &run);
        (run, said)
    }

    /// What the message of a run was changed to in the end.
    #[track_caller]
    fn becomes(&self, notice: &Said, words: &str) {
        let now = self.telegram.says(ANN, words);
        assert_eq!(now.message, notice.message, "the same message: {now:?}");
        assert!(now.buttons.is_empty(), "{now:?}");
    }

    /// Kills the console as a power cut would, and starts it again.
    fn restarts(&mut self) {
        drop(self.up.take());
        // As if the time for which it had taken the bot's turn were over.
        journal::console(&self.home, "UPDATE chat_services SET leased_until = 0");
        self.up = Some(Up::start(&self.home));
    }

    /// Waits until a run is what it should become.
    #[track_caller]
    fn comes_to(&self, run: &str, status: &str) {
        let deadline = Instant::now() + Duration::from_secs(30);
        while self.home.recorded(run)["outcome"]["status"] != status {
            assert!(Instant::now() < deadline, "{:#}", self.home.recorded(run));
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

#[test]
fn a_small_payment_to_a_known_payee_is_approved_by_a_tap_and_everything_else_is_a_link() {
    let (shop, mut ann) = Shop::open();
    let (run, notice) = shop.told(1_250, "INV-1");
    for part in [
        "EUR 12.50",
        "Acme",
        "book:acme",
        "paid once before",
        "INV-1",
    ] {
        assert!(notice.text.contains(part), "{part}: {notice:?}");
    }
    let [approve, _] = notice.buttons.clone().try_into().unwrap();
    shop.telegram.taps(ANN, notice.message, &approve);
    assert_eq!(shop.telegram.answered(1), "Approved.");
    shop.becomes(&notice, "pproved by you");
    shop.comes_to(&run, "committed");
    assert_eq!(shop.home.balance("till"), (97_750, 0));

    // Rejected in the chat.
    let (run, notice) = shop.told(700, "INV-2");
    shop.telegram.taps(ANN, notice.message, &notice.buttons[1]);
    assert_eq!(shop.telegram.answered(2), "Rejected. Nothing is done.");
    shop.becomes(&notice, "ejected by you");
    shop.comes_to(&run, "rejected");

    // Above the ceiling; to a payee who was never paid; more than a payment: links without a fact.
    shop.home.book("other", "EUR");
    let large = shop.home.parked_payment(order("book:acme", 5_001, "INV-3"));
    let new = shop.home.parked_payment(order("book:other", 100, "INV-4"));
    for (run, amount) in [(&large, "50.01"), (&new, "1.00")] {
        let said = shop.telegram.says(ANN, run);
        assert!(said.buttons.is_empty(), "{said:?}");
        assert!(said.text.contains(&format!("/approvals/{run}")), "{said:?}");
        assert!(!said.text.contains(amount), "{said:?}");
    }
    // The link is that of a card, and what is decided there is told in the chat.
    let card = ann.get(&format!("/approvals/{large}"));
    assert!(card.text().contains("50.01"), "{}", card.text());
    assert_eq!(shop.home.balance("till"), (97_750, 0));
}

#[test]
fn a_tap_counts_once_and_from_the_person_alone_whose_chat_it_was_sent_to() {
    let (shop, _) = Shop::open();
    let (run, notice) = shop.told(1_250, "INV-1");
    let [approve, reject] = notice.buttons.clone().try_into().unwrap();
    // A stranger who got hold of it; the same who says that it is Ann's chat; Ann where everybody could tap.
    let telegram = &shop.telegram;
    telegram.taps(MALLORY, notice.message, &approve);
    assert_eq!(telegram.answered(1), "This button was not sent to you.");
    telegram.taps_in((ANN, "private"), MALLORY, notice.message, &approve);
    assert_eq!(telegram.answered(2), "This button was not sent to you.");
    telegram.taps_in((-100, "group"), ANN, notice.message, &approve);
    assert_eq!(telegram.answered(3), "This button was not sent to you.");
    // What nobody sent: guessed, made of facts, and another one's end.
    for (count, forged) in (4..).zip(["A".repeat(43), format!("approve:{run}"), run.clone()]) {
        telegram.taps(ANN, notice.message, &forged);
        let told = telegram.answered(count);
        assert!(told.contains("not known"), "{forged}: {told}");
    }
    shop.comes_to(&run, "awaiting_approval");
    assert_eq!(shop.home.balance("till"), (99_000, 0));

    // None of it used the button up; used once, neither it nor the other one counts again.
    telegram.taps(ANN, notice.message, &approve);
    assert_eq!(telegram.answered(7), "Approved.");
    telegram.taps(ANN, notice.message, &approve);
    telegram.taps(ANN, notice.message, &reject);
    for count in [8, 9] {
        let told = telegram.answered(count);
        assert!(told.contains("decided already"), "{told}");
    }
    shop.becomes(&notice, "pproved by you");
    assert_eq!(shop.home.balance("till"), (97_750, 0));
}

#[test]
fn a_console_that_is_killed_between_a_tap_and_its_answer_decides_once() {
    let (mut shop, _) = Shop::open();
    // The decision is made, and its answer is under way.
    let (run, notice) = shop.told(1_250, "INV-1");
    shop.telegram.holds("answerCallbackQuery");
    shop.telegram.taps(ANN, notice.message, &notice.buttons[0]);
    let _ = shop.telegram.answered(1);
    shop.restarts();
    shop.telegram.releases();
    shop.becomes(&notice, "pproved by you");
    // The service tells the tap again, because nobody has confirmed it.
    let _ = shop.telegram.answered(2);
    shop.comes_to(&run, "committed");
    assert_eq!(shop.home.balance("till"), (97_750, 0));

    // At any other moment after the tap.
    let mut seed = Seed::new();
    for round in 0..4_i64 {
        let (run, notice) = shop.told(100, &format!("INV-K{round}"));
        let before = shop.telegram.answers().len();
        shop.telegram.taps(ANN, notice.message, &notice.buttons[0]);
        std::thread::sleep(seed.within(Duration::from_millis(600)));
        shop.restarts();
        let _ = shop.telegram.answered(before + 1);
        shop.becomes(&notice, &format!("/runs/{run}"));
        shop.comes_to(&run, "committed");
        assert_eq!(shop.home.balance("till"), (97_650 - round * 100, 0));
    }
}

#[test]
fn strangers_who_write_more_than_an_answer_holds_do_not_stop_the_bot() {
    let (shop, mut ann) = Shop::open();
    let (run, notice) = shop.told(1_250, "INV-1");
    // So much at once that an answer with all of it is more than the console reads of one.
    shop.telegram.holds("getUpdates");
    for stranger in 0..40 {
        shop.telegram.writes(7_000 + stranger, &"x".repeat(90_000));
    }
    shop.telegram.taps(ANN, notice.message, &notice.buttons[0]);
    shop.telegram.releases();
    assert_eq!(shop.telegram.answered(1), "Approved.");
    assert!(shop.telegram.longest() > 2 << 20);
    shop.becomes(&notice, "pproved by you");
    shop.comes_to(&run, "committed");

    // One message that alone is more.
    let (run, notice) = shop.told(1_250, "INV-2");
    shop.telegram.pads(3 << 20);
    shop.telegram.writes(MALLORY, "hello");
    shop.telegram.taps(ANN, notice.message, &notice.buttons[0]);
    assert_eq!(shop.telegram.answered(2), "Approved.");
    assert!(shop.telegram.longest() > 3 << 20);
    shop.comes_to(&run, "committed");
    // No trouble is left on the page.
    let page = ann.get("/settings/chat").text();
    assert!(!page.contains("notice bad"), "{page}");
}

#[test]
fn a_bot_that_was_set_up_on_its_page_carries_what_is_approved_on_the_card() {
    let telegram = Telegram::start();
    let home = Home::new();
    home.reaches(&[(PLACE, telegram.address())]);
    let up = Up::start(&home);
    let mut ann = up.owner();
    let page = "/settings/channels";
    let fields = [
        ("kind", "telegram"),
        ("name", "team"),
        ("secret", TOKEN),
        ("base", PLACE),
    ];
    let set = ann.send_from(page, page, &fields);
    assert_eq!(
        set.header("location"),
        "/settings/channels?done=set",
        "{}",
        set.text()
    );
    let tried = ann.send_from(
        page,
        "/settings/channels/team/test",
        &[("recipient", "5001")],
    );
    assert_eq!(
        tried.header("location"),
        "/settings/channels?done=sent",
        "{}",
        tried.text()
    );
    let _ = telegram.says(ANN, "test message of Guildhall");

    let note = letter("team", "5001", "The goods are on their way.");
    let waiting = home
        .prober("tell")
        .input(json!({ "note": note }))
        .messages("team")
        .go()
        .exits(3);
    let card = format!("/approvals/{}", waiting.invocation());
    let shown = ann.get(&card);
    for part in ["5001", "The goods are on their way.", "Telegram"] {
        assert!(shown.text().contains(part), "{part}: {}", shown.text());
    }
    let effects = shown.between("name=\"effects\" value=\"", "\"");
    let fields = [("effects", effects.as_str()), ("decision", "once")];
    let approved = ann.send_from(&card, &card, &fields);
    assert_eq!(approved.status, 303, "{}", approved.text());
    let _ = telegram.says(ANN, "The goods are on their way.");
    // Twice is too late, and nothing more is sent.
    let _ = ann.send_from(page, &card, &fields);
    home.serves_the_next_run();
    let about = |said: &&Said| said.text.contains("The goods are on their way.");
    assert_eq!(telegram.said(ANN).iter().filter(about).count(), 1);
    let log = ann.get("/settings/audit").text();
    for words in [
        "The channel team was set up.",
        "A test message was sent by the channel team.",
    ] {
        assert!(log.contains(words), "{words}: {log}");
    }
    assert!(!log.contains("AAHdq"), "the token is in no page");
}
