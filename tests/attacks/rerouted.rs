//! A message goes where its card said, or nowhere.

use guildhall_tests::settings::letter;
use guildhall_tests::{Home, Sink, json, sink};

#[test]
fn a_message_whose_channel_was_changed_after_the_card_is_not_sent() {
    let (home, sink) = (Home::new(), Sink::new());
    home.announces_to(&sink);
    let tell = || {
        let note = json!({ "note": letter("books", "ann", "paid") });
        let run = home.prober("tell").input(note).messages("books");
        run.go().exits(3).invocation()
    };
    let waiting = tell();
    let card = home.card(&waiting);
    let through = &card["effects"][0]["effect"]["facts"]["through"];
    let address = format!("https://{}:443", sink::HOST);
    assert_eq!(through["address"], json!(address), "{card:#}");
    let words = home.card_in_words(&waiting);
    assert!(words.contains(&address), "{words}");
    let set_up = |path: &str| {
        let url = format!("https://{}{path}", sink::HOST);
        let command = ["messages", "add-webhook", "books", "--url", &url];
        let secret = ["--secret", "books-key", "--json"];
        let _ = home.guildhall(command.iter().chain(&secret)).exits(0);
    };
    set_up("/elsewhere");
    let ran = home.approves(&waiting).exits(4).is("refused");
    let refusal = ran.refusal("messages.channel-changed");
    assert!(refusal.message.contains(&address), "{refusal:?}");
    assert_eq!(sink.arrivals(), 0);
    // Set up again as it was, it sends what a new card says.
    set_up("/in");
    let _ = home.approves(&tell()).exits(0);
    assert_eq!(sink.arrivals(), 1);
    home.serves_the_next_run();
}
