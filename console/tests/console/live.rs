//! What tells browsers that something changed.

use std::time::Duration;

use axum::body::BodyDataStream;
use axum::http::{StatusCode, header};
use futures::StreamExt as _;
use guildhall_console::people::Role;

use super::bench::Bench;

/// The next thing that a stream says; none if it has ended.
async fn next(stream: &mut BodyDataStream) -> Option<String> {
    let piece = tokio::time::timeout(Duration::from_secs(20), stream.next())
        .await
        .expect("something is told");
    piece.map(|bytes| String::from_utf8(bytes.unwrap().to_vec()).unwrap())
}

/// The number that an event tells, which is its identifier, too.
#[track_caller]
fn number(told: &str, word: &str) -> u64 {
    let rest = told.strip_prefix(&format!("event: {word}\ndata: "));
    let (count, id) = rest
        .unwrap_or_else(|| panic!("{told}"))
        .split_once('\n')
        .unwrap();
    assert_eq!(id.trim(), format!("id: {count}"), "{told}");
    count.parse().unwrap()
}

#[tokio::test]
async fn what_changed_between_a_page_and_its_stream_is_told_at_once() {
    let bench = Bench::new().await;
    let mut viewer = bench.sign_in_as(Role::Viewer).await;
    let version = |page: String| {
        let (_, rest) = page.split_once("data-version=\"").unwrap();
        rest.split('"').next().unwrap().to_owned()
    };
    let shown = version(viewer.get("/runs").await.text);
    let path = format!("/events?since={shown}");
    let mut same = viewer.listen(&path).await.into_body().into_data_stream();
    let hello = next(&mut same).await.unwrap();
    assert_eq!(number(&hello, "hello").to_string(), shown);
    bench.app.live.bump();
    let mut late = viewer.listen(&path).await.into_body().into_data_stream();
    let told = next(&mut late).await.unwrap();
    assert_ne!(number(&told, "changed").to_string(), shown);
    assert_eq!(
        version(viewer.get("/runs").await.text),
        number(&told, "changed").to_string()
    );
}

#[tokio::test]
async fn who_signs_out_or_is_removed_hears_nothing_from_then_on() {
    let bench = Bench::new().await;
    let mut ann = bench.owner().await;
    let mut bo = bench.invited(&mut ann, "Bo", Role::Viewer).await;
    let cy = bench.invited(&mut ann, "Cy", Role::Viewer).await;
    let mut streams = Vec::new();
    for browser in [&ann, &bo, &cy] {
        let answer = browser.listen("/events").await;
        let mut stream = answer.into_body().into_data_stream();
        next(&mut stream).await.unwrap();
        streams.push(stream);
    }
    bo.post("/sign-out", &[]).await.goes_to();
    assert_eq!(next(&mut streams[1]).await, None);
    let people = ann.get("/settings/people").await;
    let row = people.text.split_once("Cy").unwrap().1;
    let path = row
        .split("action=\"")
        .find(|part| part.contains("/remove\""));
    let path = path.unwrap().split('"').next().unwrap();
    ann.post(path, &[]).await.goes_to();
    // That the list changed may still be told, to who was there then.
    while let Some(told) = next(&mut streams[2]).await {
        assert!(told.starts_with("event: changed"), "{told}");
    }
    bench.app.live.bump();
    let told = next(&mut streams[0]).await.unwrap();
    assert!(told.starts_with("event: changed"), "{told}");
}

#[tokio::test]
async fn a_browser_is_told_that_something_changed_and_nothing_of_what() {
    let bench = Bench::new().await;
    let viewer = bench.sign_in_as(Role::Viewer).await;
    let answer = viewer.listen("/events").await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()[header::CONTENT_TYPE], "text/event-stream");
    let mut stream = answer.into_body().into_data_stream();
    let hello = next(&mut stream).await.unwrap();
    assert!(hello.starts_with("event: hello\ndata: "), "{hello}");
    bench.app.live.bump();
    let told = next(&mut stream).await.unwrap();
    assert!(number(&told, "changed") > number(&hello, "hello"), "{told}");
    // A console that stops does not wait for those who listen.
    bench.app.stop.cancel();
    assert_eq!(next(&mut stream).await, None);
}

#[tokio::test]
async fn many_changes_at_a_time_are_told_together() {
    let bench = Bench::new().await;
    let viewer = bench.sign_in_as(Role::Viewer).await;
    let answer = viewer.listen("/events").await;
    let mut stream = answer.into_body().into_data_stream();
    next(&mut stream).await.unwrap();
    bench.app.live.bump();
    let first = number(&next(&mut stream).await.unwrap(), "changed");
    let changes = async {
        for _ in 0..20 {
            bench.app.live.bump();
            tokio::task::yield_now().await;
        }
    };
    let (told, ()) = tokio::join!(next(&mut stream), changes);
    assert!(number(&told.unwrap(), "changed") >= first + 20);
}

#[tokio::test]
async fn who_is_not_signed_in_hears_nothing_and_listeners_are_bounded() {
    let bench = Bench::with(|config| config.limits.listeners = 2).await;
    let stranger = bench.browser().listen("/events").await;
    assert_eq!(stranger.status(), StatusCode::SEE_OTHER);
    let viewer = bench.sign_in_as(Role::Viewer).await;
    let one = viewer.listen("/events").await;
    let two = viewer.listen("/events").await;
    assert_eq!(two.status(), StatusCode::OK);
    assert_eq!(
        viewer.listen("/events").await.status(),
        StatusCode::SERVICE_UNAVAILABLE
    );
    // Who goes away makes room.
    drop(one);
    assert_eq!(viewer.listen("/events").await.status(), StatusCode::OK);
}
