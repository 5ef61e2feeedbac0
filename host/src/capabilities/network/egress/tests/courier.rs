//! Requests of the program itself: the rules of everybody, and no word about the secret part of a URL.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::super::{
    Courier, CourierError, Egress, EgressConfig, EgressLimits, Errand, RecordedTransport,
};
use super::resolving::Listed;
use super::server::Server;
use super::{egress_to, quick};

/// As it stands in the path of a bot's URL.
const TOKEN: &str = "123456:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw";

fn courier(server: &Server, limits: EgressLimits) -> Courier {
    Courier::new(Arc::new(egress_to(server, &["api.example"], limits)))
}

fn bot(method: &str) -> String {
    format!("http://api.example/bot{TOKEN}/{method}")
}

fn silent(error: &CourierError) {
    for text in [error.to_string(), format!("{error:?}")] {
        assert!(!text.contains("AAHdq"), "{text}");
        assert!(!text.contains("/bot"), "{text}");
    }
}

#[tokio::test]
async fn an_errand_is_sent_once_as_written_and_a_redirect_is_an_answer() {
    let server = Server::saying(
        "HTTP/1.1 302 Found\r\nlocation: http://api.example/elsewhere\r\ncontent-length: 2\r\n\r\nno",
    )
    .await;
    let errand = Errand::post(bot("sendMessage"), "application/json", "{}").header("x-a", "b");
    let reply = courier(&server, quick()).send(errand).await.unwrap();
    assert_eq!((reply.status, reply.body.as_ref()), (302, b"no".as_ref()));
    let asked = server.asked();
    assert_eq!(asked.len(), 1);
    assert_eq!(
        asked[0].line(),
        format!("POST /bot{TOKEN}/sendMessage HTTP/1.1")
    );
    assert_eq!(asked[0].values("content-type"), ["application/json"]);
    assert_eq!(asked[0].values("x-a"), ["b"]);
    assert_eq!(asked[0].body, b"{}");
}

#[tokio::test]
async fn plain_text_goes_to_a_named_peer_and_nowhere_else() {
    let server = Server::saying("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    let courier = courier(&server, quick());
    for url in [
        format!("http://public.example/bot{TOKEN}/getMe"),
        // The same host at another port is another place.
        format!("http://api.example:81/bot{TOKEN}/getMe"),
    ] {
        let error = courier.send(Errand::get(&*url)).await.unwrap_err();
        assert!(
            matches!(&error, CourierError::NotPrivate { place } if place.starts_with("http://")),
            "{error}"
        );
        silent(&error);
        assert_eq!(courier.check(&url), Err(error));
    }
    assert!(server.asked().is_empty());
    assert_eq!(courier.check(&bot("getMe")), Ok(()));
    assert!(courier.send(Errand::get(bot("getMe"))).await.is_ok());
}

#[tokio::test]
async fn a_name_with_a_private_address_is_refused_without_a_word_about_the_path() {
    for address in ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1"] {
        let known = Listed::new("inside.example", &[&[address]]);
        let egress = Egress::with_resolver(&EgressConfig::default(), known.clone()).unwrap();
        let courier = Courier::new(Arc::new(egress));
        let url = format!("https://inside.example/bot{TOKEN}/getMe");
        let error = courier.send(Errand::get(url)).await.unwrap_err();
        assert!(
            matches!(&error, CourierError::NoReply { rule, may_have_arrived: false, .. }
                if rule == "network.address-not-public"),
            "{error}"
        );
        assert_eq!(known.asked(), 1, "the name is looked up once");
        silent(&error);
    }
}

#[tokio::test]
async fn no_error_tells_the_secret_part_of_a_url() {
    let broken = Server::saying("nonsense").await;
    let courier_to = courier(&broken, quick());
    let error = courier_to
        .send(Errand::get(bot("getMe")))
        .await
        .unwrap_err();
    silent(&error);
    assert!(error.to_string().contains("api.example"), "{error}");

    for url in [
        format!("https://user:{TOKEN}@api.example/"),
        format!("https://api.example/bot{TOKEN}/\u{7}"),
        format!("bot{TOKEN}"),
    ] {
        let error = courier_to.send(Errand::get(url)).await.unwrap_err();
        assert!(matches!(error, CourierError::NotSendable { .. }), "{error}");
        silent(&error);
    }

    let recorded = Egress::with_transport(quick(), Arc::new(RecordedTransport::new()));
    let error = Courier::new(Arc::new(recorded))
        .send(Errand::get(format!("https://api.example/bot{TOKEN}/getMe")))
        .await
        .unwrap_err();
    silent(&error);
    assert!(!format!("{:?}", Errand::get(bot("getMe"))).contains("AAH"));
}

#[tokio::test]
async fn what_an_answer_echoes_of_a_secret_is_taken_out() {
    let body = format!("{{\"description\":\"bad token {TOKEN}\"}}");
    let server = Server::saying(format!(
        "HTTP/1.1 401 Unauthorized\r\nx-echo: {TOKEN}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    ))
    .await;
    let errand = Errand::get(bot("getMe")).hiding(TOKEN);
    let reply = courier(&server, quick()).send(errand).await.unwrap();
    assert_eq!(reply.status, 401);
    assert!(!format!("{reply:?}").contains("AAHdq"), "{reply:?}");
    assert!(String::from_utf8_lossy(&reply.body).contains("[redacted]"));
}

#[tokio::test]
async fn time_and_bytes_are_capped_and_an_errand_may_ask_for_more_time_than_a_skill() {
    let late = Server::start(|_, stream| async move {
        tokio::time::sleep(Duration::from_millis(400)).await;
        let reply = b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n0123456789".to_vec();
        super::server::say(stream, reply).await;
    })
    .await;
    let limits = EgressLimits {
        total_timeout: Duration::from_millis(100),
        ..quick()
    };
    let courier = courier(&late, limits);
    let begun = Instant::now();
    let error = courier
        .send(Errand::get(bot("getUpdates")))
        .await
        .unwrap_err();
    assert!(error.may_have_arrived());
    assert!(error.to_string().contains("network.timeout"), "{error}");
    assert!(begun.elapsed() < Duration::from_millis(390));

    let patient = || Errand::get(bot("getUpdates")).within(Duration::from_secs(3));
    let reply = courier.send(patient()).await.unwrap();
    assert_eq!(reply.body.len(), 10);

    let error = courier.send(patient().receiving(9)).await.unwrap_err();
    assert!(
        error.to_string().contains("network.response-too-large"),
        "{error}"
    );

    // Who can use a part of it gets the part.
    let reply = courier
        .send(patient().receiving(9).cutting())
        .await
        .unwrap();
    assert_eq!(reply.body.as_ref(), b"012345678");
    let reply = courier
        .send(patient().receiving(11).cutting())
        .await
        .unwrap();
    assert_eq!(reply.body.as_ref(), b"0123456789");

    let large = Errand::post(bot("sendMessage"), "text/plain", vec![b'a'; (1 << 20) + 1]);
    let error = courier.send(large).await.unwrap_err();
    assert!(
        error.to_string().contains("network.request-too-large"),
        "{error}"
    );
    let folded = Errand::get(bot("getMe")).header("host", "evil.example");
    assert!(matches!(
        courier.send(folded).await,
        Err(CourierError::NotSendable { .. })
    ));
    assert_eq!(late.asked().len(), 5, "what is refused is not sent");
}
