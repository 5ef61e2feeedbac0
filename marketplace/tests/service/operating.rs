//! What an operator sees, and what stands in front of every request.

use std::time::Duration;

use crate::author::Author;
use crate::both;
use crate::reviewer::Does;
use crate::shop::{Db, Shop, refused};

both!(
    health_readiness_and_figures,
    too_many_at_once_are_turned_away,
    stopping_lets_requests_end
);

async fn health_readiness_and_figures(db: Db) {
    let shop = Shop::open(db).await;
    assert_eq!(shop.get("/healthz").await.status(), 200);
    assert_eq!(shop.get("/readyz").await.status(), 200);
    Author::new(&shop, "northwind").await;
    let response = shop.get("/metrics").await;
    assert!(
        response.headers()["content-type"]
            .to_str()
            .unwrap()
            .starts_with("application/openmetrics-text")
    );
    let text = response.text().await.unwrap();
    assert!(
        text.contains("guildhall_marketplace_published_size 2\n"),
        "{text}"
    );
    assert!(
        text.contains("route=\"/api/v1/publishers\",status=\"2xx\""),
        "{text}"
    );
    let response = shop.get("/healthz").await;
    assert_eq!(response.headers()["x-content-type-options"], "nosniff");
    assert!(response.headers().contains_key("x-request-id"));
    assert_eq!(
        refused(shop.get("/no/such/page").await).await,
        (404, "not-found".to_owned())
    );
    let put = shop
        .send("", reqwest::Method::PUT, "/api/v1/search", &())
        .await;
    assert_eq!(refused(put).await, (405, "request.method".to_owned()));
    // Figures are not for everybody.
    let closed = Shop::with(db, |config| config.metrics_from = Vec::new()).await;
    assert_eq!(refused(closed.get("/metrics").await).await.0, 404);
}

async fn too_many_at_once_are_turned_away(db: Db) {
    let shop = Shop::with(db, |config| config.limits.in_flight = 2).await;
    let author = Author::new(&shop, "northwind").await;
    shop.reviewer.now(Does::Hangs);
    let staged: guildhall_package::market::PublishInfo = crate::shop::answer(
        author
            .upload(&shop, &author.release("invoices", "1.0.0"))
            .await,
    )
    .await;
    let path = format!("/api/v1/publishes/{}?wait_ms=3000", staged.id);
    let waiting = [
        shop.read(&author.token, &path),
        shop.read(&author.token, &path),
    ];
    let waiting = futures::future::join_all(waiting);
    let third = async {
        tokio::time::sleep(Duration::from_millis(700)).await;
        shop.get("/healthz").await
    };
    let (_, third) = tokio::join!(waiting, third);
    assert_eq!(third.headers()["retry-after"], "1");
    assert_eq!(refused(third).await, (503, "service.full".to_owned()));
    assert_eq!(shop.get("/healthz").await.status(), 200);
}

async fn stopping_lets_requests_end(db: Db) {
    let mut shop = Shop::open(db).await;
    let author = Author::new(&shop, "northwind").await;
    shop.reviewer.now(Does::Hangs);
    let staged: guildhall_package::market::PublishInfo = crate::shop::answer(
        author
            .upload(&shop, &author.release("invoices", "1.0.0"))
            .await,
    )
    .await;
    let path = shop.url(&format!("/api/v1/publishes/{}?wait_ms=20000", staged.id));
    let request = shop.client.get(path).bearer_auth(&author.token);
    let waiting =
        tokio::spawn(async move { request.send().await.map(|response| response.status()) });
    tokio::time::sleep(Duration::from_millis(300)).await;
    let began = std::time::Instant::now();
    shop.stop().await;
    // The one that waited was answered, and did not hold the stop up.
    assert_eq!(waiting.await.unwrap().unwrap(), 200);
    assert!(
        began.elapsed() < Duration::from_secs(8),
        "{:?}",
        began.elapsed()
    );
}

both!(a_connection_that_only_dawdles_is_closed);

async fn a_connection_that_only_dawdles_is_closed(db: Db) {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let shop = Shop::with(db, |config| {
        config.limits.head_time = Duration::from_millis(500);
        config.limits.connections = 3;
    })
    .await;
    let address = shop.base.trim_start_matches("http://").to_owned();
    let mut dawdlers = Vec::new();
    for _ in 0..6 {
        let mut stream = tokio::net::TcpStream::connect(&address).await.unwrap();
        stream
            .write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ")
            .await
            .unwrap();
        dawdlers.push(stream);
    }
    // They hold every place, for a moment; then somebody who asks properly gets one.
    assert_eq!(shop.get("/healthz").await.status(), 200);
    for mut stream in dawdlers {
        let mut rest = Vec::new();
        let ended = tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut rest));
        // Closed by the server, perhaps with a word about it.
        let _ = ended.await.expect("the server closes it");
        assert!(!rest.starts_with(b"HTTP/1.1 200"));
    }
}
