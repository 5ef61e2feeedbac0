//! Held releases, and the people who decide about them.

use guildhall_package::market::account::{MemberRole, Role, Scope, SetRoles};
use guildhall_package::market::publish::{Decide, Decision};
use guildhall_package::market::publisher::SetMember;
use guildhall_package::market::{Page, PublishInfo, PublishState};
use reqwest::Method;

use crate::author::{Author, account};
use crate::both;
use crate::component::Recipe;
use crate::shop::{Db, Shop, answer, refused};

both!(
    wider_authority_is_held_until_a_reviewer_decides,
    what_is_not_wider_is_not_held,
    nobody_decides_their_own
);
both!(two_decisions_at_once_have_one_winner);

const ONE: &str = "https://rates.example.test/daily/*";
const MORE: &str = "https://rates.example.test/**";

async fn reviewer(shop: &Shop, name: &str) -> String {
    let token = account(shop, name).await;
    let roles = SetRoles {
        roles: vec![Role::Reviewer],
    };
    let path = format!("/api/v1/admin/accounts/{name}/roles");
    let admin = shop.admin().await;
    assert_eq!(
        shop.send(&admin, Method::PUT, &path, &roles).await.status(),
        204
    );
    token
}

fn recipe(version: &str, url: &str) -> Recipe {
    Recipe::new("northwind/rates", version).url(url)
}

fn decide(decision: Decision) -> Decide {
    Decide {
        decision,
        reason: "Looked at it.".to_owned(),
    }
}

async fn wider_authority_is_held_until_a_reviewer_decides(db: Db) {
    let shop = Shop::open(db).await;
    let author = Author::new(&shop, "northwind").await;
    author
        .released(&shop, &author.pack(&recipe("1.0.0", ONE)))
        .await;
    let held = author
        .publish(&shop, &author.pack(&recipe("1.1.0", MORE)))
        .await;
    assert_eq!(held.state, PublishState::Held);
    assert_eq!(held.wider[0].to_string(), format!("requests GET {MORE}"));
    // The reviewer was told what it is compared with.
    assert_eq!(
        shop.reviewer
            .previous
            .lock()
            .unwrap()
            .as_ref()
            .unwrap()
            .network
            .len(),
        1
    );
    let pulled = shop.get("/v2/northwind/rates/manifests/1.1.0").await;
    assert_eq!(pulled.status(), 404);
    let path = format!("/api/v1/review/{}/decision", held.id);
    // Not by the author, not by anybody without the role, not by the role without the scope.
    let own = shop
        .post(&author.token, &path, &decide(Decision::Pass))
        .await;
    assert_eq!(refused(own).await, (403, "account.role".to_owned()));
    let person = reviewer(&shop, "rita").await;
    let narrow = answer::<guildhall_package::market::account::IssuedToken>(
        shop.login("rita", crate::shop::PASSWORD, &[Scope::Publish])
            .await,
    )
    .await;
    let without = shop
        .post(&narrow.token, &path, &decide(Decision::Pass))
        .await;
    assert_eq!(refused(without).await, (403, "token.scope".to_owned()));
    let queue: Page<PublishInfo> = answer(shop.read(&person, "/api/v1/review/queue").await).await;
    assert_eq!(queue.items.len(), 1);
    let decided: PublishInfo =
        answer(shop.post(&person, &path, &decide(Decision::Pass)).await).await;
    assert_ne!(decided.state, PublishState::Held);
    let done = author.settled(&shop, &held.id).await;
    assert_eq!(done.state, PublishState::Released);
    assert_eq!(done.reason.as_deref(), Some("Looked at it."));
    let detail: serde_json::Value = shop
        .get_json("/api/v1/releases/northwind/rates/1.1.0")
        .await;
    assert_eq!(detail["decided_by"], "rita");
    // The next one has no more than this: it passes by itself.
    author
        .released(&shop, &author.pack(&recipe("1.2.0", MORE)))
        .await;
    // A rejected one stays out.
    let held = author
        .publish(
            &shop,
            &author.pack(&recipe("1.3.0", "https://other.example.test/**")),
        )
        .await;
    let path = format!("/api/v1/review/{}/decision", held.id);
    let decided: PublishInfo =
        answer(shop.post(&person, &path, &decide(Decision::Reject)).await).await;
    assert_eq!(decided.state, PublishState::Rejected);
    let again = shop.post(&person, &path, &decide(Decision::Pass)).await;
    assert_eq!(refused(again).await, (409, "publish.state".to_owned()));
}

async fn what_is_not_wider_is_not_held(db: Db) {
    let shop = Shop::open(db).await;
    let author = Author::new(&shop, "northwind").await;
    // The first of a new publisher, however wide; a narrower one; another major version.
    author
        .released(&shop, &author.pack(&recipe("1.0.0", MORE)))
        .await;
    author
        .released(&shop, &author.pack(&recipe("1.1.0", ONE)))
        .await;
    author
        .released(
            &shop,
            &author.pack(&recipe("2.0.0", "https://other.example.test/**")),
        )
        .await;
    // Below every release of its major version it is compared with the next one above.
    let below = author
        .publish(
            &shop,
            &author.pack(&recipe("2.0.0-rc.1", "https://third.example.test/**")),
        )
        .await;
    assert_eq!(below.state, PublishState::Held);
}

async fn nobody_decides_their_own(db: Db) {
    let shop = Shop::open(db).await;
    let author = Author::new(&shop, "northwind").await;
    author
        .released(&shop, &author.pack(&recipe("1.0.0", ONE)))
        .await;
    let held = author
        .publish(&shop, &author.pack(&recipe("1.1.0", MORE)))
        .await;
    let person = reviewer(&shop, "rita").await;
    let member = SetMember {
        role: MemberRole::Member,
    };
    let joined = shop
        .send(
            &author.token,
            Method::PUT,
            "/api/v1/publishers/northwind/members/rita",
            &member,
        )
        .await;
    assert_eq!(joined.status(), 204);
    let path = format!("/api/v1/review/{}/decision", held.id);
    for decision in [Decision::Pass, Decision::Reject] {
        let own = shop.post(&person, &path, &decide(decision)).await;
        assert_eq!(refused(own).await, (403, "review.own".to_owned()));
    }
    assert_eq!(author.look(&shop, &held.id).await.state, PublishState::Held);
    let empty = Decide {
        decision: Decision::Pass,
        reason: "a\nb".to_owned(),
    };
    let other = reviewer(&shop, "otto").await;
    assert_eq!(refused(shop.post(&other, &path, &empty).await).await.0, 422);
}

async fn two_decisions_at_once_have_one_winner(db: Db) {
    let shop = Shop::open(db).await;
    let author = Author::new(&shop, "northwind").await;
    author
        .released(&shop, &author.pack(&recipe("1.0.0", ONE)))
        .await;
    let held = author
        .publish(&shop, &author.pack(&recipe("1.1.0", MORE)))
        .await;
    let (rita, otto) = (reviewer(&shop, "rita").await, reviewer(&shop, "otto").await);
    let path = format!("/api/v1/review/{}/decision", held.id);
    let size = shop.checkpoint_size().await;
    let (pass, reject) = (decide(Decision::Pass), decide(Decision::Reject));
    let (one, two, three) = tokio::join!(
        shop.post(&rita, &path, &pass),
        shop.post(&otto, &path, &reject),
        shop.post(&rita, &path, &pass)
    );
    let won = [one.status(), two.status(), three.status()]
        .iter()
        .filter(|status| status.is_success())
        .count();
    assert_eq!(won, 1);
    let done = author.settled(&shop, &held.id).await;
    if done.state == PublishState::Released {
        assert_eq!(shop.checkpoint_size().await, size + 1);
    } else {
        assert_eq!(done.state, PublishState::Rejected);
        assert_eq!(shop.checkpoint_size().await, size);
    }
}
