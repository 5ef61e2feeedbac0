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
    let count = told.strip_prefix("event: changed\ndata: ").unwrap();
    assert!(count.trim().parse::<u64>().is_ok(), "{told}");
    // A console that stops does not wait for those who listen.
    bench.app.stop.cancel();
    assert_eq!(next(&mut stream).await, None);
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
