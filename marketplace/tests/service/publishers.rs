//! Names, members and keys.

use guildhall_package::market::Page;
use guildhall_package::market::account::{MemberRole, Scope};
use guildhall_package::market::publisher::{
    GrantPublisher, KeyChallenge, KeyInfo, MemberInfo, NewKey, NewPublisher, PublisherInfo,
    SetMember,
};
use reqwest::Method;

use crate::author::{Author, account, new_key, register_key};
use crate::both;
use crate::shop::{Db, Shop, answer, refused};

both!(
    names_that_pass_for_others_are_refused,
    a_name_is_granted_once,
    members_and_owners,
    a_key_proves_that_it_is_there
);
both!(
    a_rotated_key_takes_over_at_one_moment,
    a_key_revoked_from_a_date_voids_what_came_later
);

fn name(name: &str) -> NewPublisher {
    NewPublisher {
        publisher: name.parse().unwrap(),
    }
}

async fn names_that_pass_for_others_are_refused(db: Db) {
    let shop = Shop::open(db).await;
    let token = account(&shop, "nora").await;
    assert_eq!(
        shop.post(&token, "/api/v1/publishers", &name("northwind"))
            .await
            .status(),
        201
    );
    for (wanted, code) in [
        ("northwind", "name.taken"),
        ("north-wind", "name.look-alike"),
        ("nortwhind", "name.look-alike"),
        ("northw1nd", "name.look-alike"),
        ("guildhall", "name.reserved"),
        ("admin", "name.reserved"),
    ] {
        let refusal = refused(shop.post(&token, "/api/v1/publishers", &name(wanted)).await).await;
        assert_eq!(refusal, (409, code.to_owned()), "{wanted}");
    }
    for wanted in [
        "Northwind",
        "nörthwind",
        "north\u{200b}wind",
        "9lives",
        "",
        "a/b",
        "../x",
    ] {
        let body = serde_json::json!({ "publisher": wanted });
        let refusal = refused(shop.post(&token, "/api/v1/publishers", &body).await).await;
        assert_eq!(refusal, (400, "request.body".to_owned()), "{wanted}");
    }
    // An administrator may grant what the rules refuse, but not what is taken.
    let grant = |publisher: &str| GrantPublisher {
        publisher: publisher.parse().unwrap(),
        owner: "nora".parse().unwrap(),
    };
    let path = "/api/v1/admin/publishers";
    let refusal = refused(shop.post(&token, path, &grant("north-wind")).await).await;
    assert_eq!(refusal, (403, "account.role".to_owned()));
    let admin = shop.admin().await;
    assert_eq!(
        shop.post(&admin, path, &grant("north-wind")).await.status(),
        201
    );
    let refusal = refused(shop.post(&admin, path, &grant("north-wind")).await).await;
    assert_eq!(refusal, (409, "name.taken".to_owned()));
}

async fn a_name_is_granted_once(db: Db) {
    let shop = Shop::open(db).await;
    let (a, b) = (account(&shop, "anna").await, account(&shop, "bert").await);
    let size = shop.checkpoint_size().await;
    // Also two that look alike at the same moment.
    let (wanted, twin) = (name("northwind"), name("north-wind"));
    let (one, two, three) = tokio::join!(
        shop.post(&a, "/api/v1/publishers", &wanted),
        shop.post(&b, "/api/v1/publishers", &wanted),
        shop.post(&b, "/api/v1/publishers", &twin)
    );
    let granted = [one.status(), two.status(), three.status()]
        .iter()
        .filter(|status| **status == 201)
        .count();
    assert_eq!(granted, 1);
    assert_eq!(shop.checkpoint_size().await, size + 1);
}

async fn members_and_owners(db: Db) {
    let shop = Shop::open(db).await;
    let author = Author::new(&shop, "northwind").await;
    let mara = account(&shop, "mara").await;
    let members = "/api/v1/publishers/northwind/members";
    let set = |role| SetMember { role };
    let path = format!("{members}/mara");
    let refusal = refused(
        shop.send(&mara, Method::PUT, &path, &set(MemberRole::Owner))
            .await,
    )
    .await;
    assert_eq!(refusal, (403, "publisher.member".to_owned()));
    assert_eq!(refused(shop.read(&mara, members).await).await.0, 403);
    let joined = shop
        .send(&author.token, Method::PUT, &path, &set(MemberRole::Member))
        .await;
    assert_eq!(joined.status(), 204);
    let list: Page<MemberInfo> = answer(shop.read(&mara, members).await).await;
    assert_eq!(list.items.len(), 2);
    // A member publishes, and manages nothing.
    let other = Author {
        token: mara.clone(),
        ..author.clone()
    };
    other
        .released(&shop, &other.release("invoices", "1.0.0"))
        .await;
    let challenge = shop
        .post(&mara, "/api/v1/publishers/northwind/keys/challenge", &())
        .await;
    assert_eq!(
        refused(challenge).await,
        (403, "publisher.member".to_owned())
    );
    // The last owner stays, as an owner.
    let own = format!("{members}/northwind");
    let left = shop.send(&author.token, Method::DELETE, &own, &()).await;
    assert_eq!(
        refused(left).await,
        (409, "publisher.last-owner".to_owned())
    );
    let lowered = shop
        .send(&author.token, Method::PUT, &own, &set(MemberRole::Member))
        .await;
    assert_eq!(
        refused(lowered).await,
        (409, "publisher.last-owner".to_owned())
    );
    // Two owners who take each other out at once leave one.
    shop.send(&author.token, Method::PUT, &path, &set(MemberRole::Owner))
        .await;
    let (a, b) = tokio::join!(
        shop.send(&author.token, Method::DELETE, &path, &()),
        shop.send(&mara, Method::DELETE, &own, &())
    );
    assert!(
        a.status().is_success() != b.status().is_success(),
        "{} {}",
        a.status(),
        b.status()
    );
    let gone = shop
        .send(
            &author.token,
            Method::PUT,
            &format!("{members}/nobody"),
            &set(MemberRole::Owner),
        )
        .await;
    assert!(!gone.status().is_success());
}

async fn a_key_proves_that_it_is_there(db: Db) {
    let shop = Shop::open(db).await;
    let author = Author::new(&shop, "northwind").await;
    let other = Author::new(&shop, "fabrikam").await;
    let keys = "/api/v1/publishers/northwind/keys";
    let key = new_key();
    let challenge: KeyChallenge = answer(
        shop.post(&author.token, &format!("{keys}/challenge"), &())
            .await,
    )
    .await;
    let signed_by =
        |signer: &guildhall_package::trust::SigningKey, publisher: &str, challenge: &str| {
            let public_key = key.public().to_string();
            let message = guildhall_package::market::publisher::challenge_bytes(
                &publisher.parse().unwrap(),
                &public_key,
                challenge,
            );
            NewKey {
                public_key,
                challenge: challenge.to_owned(),
                signature: {
                    use base64::Engine as _;
                    base64::engine::general_purpose::STANDARD.encode(signer.sign(&message))
                },
                replaces: None,
            }
        };
    let text = challenge.challenge.as_str();
    for (what, wrong) in [
        (
            "another key signed",
            signed_by(&new_key(), "northwind", text),
        ),
        ("for another publisher", signed_by(&key, "fabrikam", text)),
        ("another challenge", signed_by(&key, "northwind", "AAAA")),
    ] {
        let refusal = refused(shop.post(&author.token, keys, &wrong).await).await;
        assert_eq!(refusal, (422, "key.proof".to_owned()), "{what}");
    }
    let right = signed_by(&key, "northwind", text);
    let refusal = refused(shop.post(&other.token, keys, &right).await).await;
    assert_eq!(refusal, (403, "publisher.member".to_owned()));
    assert_eq!(shop.post(&author.token, keys, &right).await.status(), 201);
    // A challenge is good once, and a key belongs to one publisher.
    let again = refused(shop.post(&author.token, keys, &right).await).await;
    assert_eq!(again, (422, "key.proof".to_owned()));
    let taken = register_key(&shop, &other.token, "fabrikam", &key, None).await;
    assert_eq!(refused(taken).await, (409, "key.known".to_owned()));
    // An old challenge is over.
    let late: KeyChallenge = answer(
        shop.post(&author.token, &format!("{keys}/challenge"), &())
            .await,
    )
    .await;
    shop.clock.advance(11 * 60 * 1000);
    let refusal = refused(
        shop.post(
            &author.token,
            keys,
            &signed_by(&new_key(), "northwind", &late.challenge),
        )
        .await,
    )
    .await;
    assert_eq!(refusal, (422, "key.proof".to_owned()));
    let info: PublisherInfo = shop.get_json("/api/v1/publishers/northwind").await;
    assert_eq!(info.keys.len(), 2);
    // A token without the scope does nothing with keys.
    let narrow: guildhall_package::market::account::IssuedToken = answer(
        shop.login("northwind", crate::shop::PASSWORD, &[Scope::Publish])
            .await,
    )
    .await;
    let refusal = refused(
        shop.post(&narrow.token, &format!("{keys}/challenge"), &())
            .await,
    )
    .await;
    assert_eq!(refusal, (403, "token.scope".to_owned()));
}

async fn a_rotated_key_takes_over_at_one_moment(db: Db) {
    let shop = Shop::open(db).await;
    let mut author = Author::new(&shop, "northwind").await;
    author
        .released(&shop, &author.release("invoices", "1.0.0"))
        .await;
    let old = author.key.public().keyid();
    let by_old = author.release("invoices", "1.0.1");
    author.key = new_key();
    let made: KeyInfo = answer(
        register_key(
            &shop,
            &author.token,
            "northwind",
            &author.key,
            Some(old.clone()),
        )
        .await,
    )
    .await;
    assert_eq!(made.key, author.key.public().keyid());
    let refusal = refused(author.upload(&shop, &by_old).await).await;
    assert_eq!(refusal, (422, "statement.refused".to_owned()));
    author
        .released(&shop, &author.release("invoices", "1.0.1"))
        .await;
    let info: PublisherInfo = shop.get_json("/api/v1/publishers/northwind").await;
    let before = info.keys.iter().find(|key| key.key == old).unwrap();
    assert_eq!(before.replaced_by.as_ref(), Some(&made.key));
    assert!(before.revoked_from.is_some());
    // What the old one released stays.
    assert_eq!(
        shop.get("/v2/northwind/invoices/manifests/1.0.0")
            .await
            .status(),
        200
    );
}

async fn a_key_revoked_from_a_date_voids_what_came_later(db: Db) {
    let shop = Shop::open(db).await;
    let author = Author::new(&shop, "northwind").await;
    author
        .released(&shop, &author.release("invoices", "1.0.0"))
        .await;
    shop.clock.advance(60_000);
    let lost = u64::try_from(shop.clock.now()).unwrap();
    shop.clock.advance(60_000);
    author
        .released(&shop, &author.release("invoices", "1.0.1"))
        .await;
    let path = format!(
        "/api/v1/publishers/northwind/keys/{}/revoke",
        author.key.public().keyid()
    );
    let ahead = serde_json::json!({ "from": lost + 3_600_000_000 });
    assert_eq!(
        refused(shop.post(&author.token, &path, &ahead).await)
            .await
            .0,
        422
    );
    let from = serde_json::json!({ "from": lost });
    assert_eq!(shop.post(&author.token, &path, &from).await.status(), 200);
    assert_eq!(
        shop.get("/v2/northwind/invoices/manifests/1.0.1")
            .await
            .status(),
        404
    );
    assert_eq!(
        shop.get("/v2/northwind/invoices/manifests/latest")
            .await
            .status(),
        200
    );
    let latest: serde_json::Value = shop.get_json("/api/v1/skills/northwind/invoices").await;
    assert_eq!(latest["latest"], "1.0.0");
    let status = shop.get("/api/v1/status").await.text().await.unwrap();
    assert!(status.contains("payload"));
    // From an earlier date it may be revoked again, from a later one not.
    let later = serde_json::json!({ "from": lost + 1 });
    let refusal = refused(shop.post(&author.token, &path, &later).await).await;
    assert_eq!(refusal, (409, "key.revoked".to_owned()));
    let earlier = serde_json::json!({ "from": 0 });
    assert_eq!(
        shop.post(&author.token, &path, &earlier).await.status(),
        200
    );
    assert_eq!(
        shop.get("/v2/northwind/invoices/manifests/1.0.0")
            .await
            .status(),
        404
    );
}
