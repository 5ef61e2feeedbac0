//! Orders that are presented later than they were signed: after a while, and after the log had another key.

use guildhall_package::trust::SigningKey;

use crate::books::booked;
use crate::both;
use crate::buyer::{Buyer, Ordered, amount, once, receipt, run_of, seller, set_price};
use crate::shop::{Db, ORIGIN, Shop, refused};

const DAY: i64 = 86_400_000;

both!(
    an_order_can_be_paid_for_30_days_and_not_for_ever,
    what_a_former_key_signed_counts_only_if_it_is_known
);

async fn an_order_can_be_paid_for_30_days_and_not_for_ever(db: Db) {
    let shop = Shop::open(db).await;
    let price = once("EUR 12.00");
    let author = seller(&shop, "northwind", "tool", &price).await;
    let (early, late, other) = (Buyer::new(), Buyer::new(), Buyer::new());
    let kept = early.order(&shop, "northwind/tool", &price).await;
    let old = late.order(&shop, "northwind/tool", &price).await;
    let dearer = other.order(&shop, "northwind/tool", &price).await;
    shop.clock.advance(30 * DAY);
    early.pay(&shop, &kept).await;
    shop.clock.advance(DAY);
    let receipt_of = |ordered: &Ordered| receipt(&ordered.order, &run_of(&ordered.order));
    let response = late.present(&shop, &old, &receipt_of(&old)).await;
    assert_eq!(response.status(), 409);
    let problem: guildhall_package::market::Problem = response.json().await.unwrap();
    assert_eq!(problem.code, "payment.too-late");
    assert!(problem.fix.contains("anew"), "{problem:?}");
    // Ordered anew at the same price, the receipt of the old one counts, and the old order does not.
    let anew = late.order(&shop, "northwind/tool", &price).await;
    assert_eq!(anew.order.id, old.order.id);
    let too_late = (409, "payment.too-late".to_owned());
    let found = refused(late.present(&shop, &old, &receipt_of(&old)).await).await;
    assert_eq!(found, too_late);
    let paid = late.present(&shop, &anew, &receipt_of(&old)).await;
    assert_eq!(paid.status(), 200);
    // What is paid is told for ever.
    let paid = late.present(&shop, &old, &receipt_of(&old)).await;
    assert_eq!(paid.status(), 200);
    // At another price it does not.
    let now = once("EUR 15.00");
    let set = set_price(&shop, &author.token, "northwind/tool", &now).await;
    assert_eq!(set.status(), 200);
    let anew = other.order(&shop, "northwind/tool", &now).await;
    let found = refused(other.present(&shop, &anew, &receipt_of(&dearer)).await).await;
    assert_eq!(found, (422, "payment.receipt".to_owned()));
    let found = refused(other.present(&shop, &dearer, &receipt_of(&dearer)).await).await;
    assert_eq!(found, too_late);
    assert_eq!(booked(&shop, "capture:").await, 2);
}

/// Root files by which the log had another key for a while.
fn had_another_key(shop: &Shop, former: &SigningKey) {
    use guildhall_marketplace::keys::{Folder, ROOT};
    use guildhall_package::trust::log::VerifierKey;
    use guildhall_package::trust::log::note::Algorithm;
    use guildhall_package::trust::root::{RootFile, TrustedRoot};

    let folder = Folder::open(&shop.config.keys).unwrap();
    let root = folder.key(ROOT).unwrap();
    let first = TrustedRoot::pin(&folder.read("root.1.json").unwrap()).unwrap();
    let first = first.file();
    let other = VerifierKey::new(ORIGIN, Algorithm::Ed25519, former.public()).unwrap();
    for (version, log) in [(2, other), (3, first.log.clone())] {
        let file = RootFile {
            version,
            log,
            ..first.clone()
        };
        let name = format!("root.{version}.json");
        folder.create(&name, &file.sign(&[&root]).unwrap()).unwrap();
    }
}

async fn what_a_former_key_signed_counts_only_if_it_is_known(db: Db) {
    use guildhall_package::market::money::document;

    let mut shop = Shop::open(db).await;
    let price = once("EUR 12.00");
    seller(&shop, "northwind", "tool", &price).await;
    let former = crate::author::new_key();
    had_another_key(&shop, &former);
    shop.restart().await;
    let by_former = |order: &guildhall_package::market::money::Order| Ordered {
        order: order.clone(),
        envelope: String::from_utf8(document::sign(order, &former).unwrap()).unwrap(),
    };
    let buyer = Buyer::new();
    let ordered = buyer.order(&shop, "northwind/tool", &price).await;
    // Cheaper than it is sold, or of a merchant who ordered nothing.
    let mut cheap = ordered.order.clone();
    cheap.amount = amount("EUR 0.01");
    let stranger = Buyer::new();
    let theirs = {
        let mut order = ordered.order.clone();
        order.facts.merchant = stranger.merchant();
        order.id = order.facts.id().unwrap();
        order.reference = guildhall_package::market::money::Order::reference_of(&order.id);
        order
    };
    let refusal = (422, "payment.order".to_owned());
    for (who, order) in [(&buyer, &cheap), (&stranger, &theirs)] {
        let forged = by_former(order);
        let response = who.present(&shop, &forged, &receipt(order, "run-1")).await;
        assert_eq!(refused(response).await, refusal);
    }
    assert_eq!(booked(&shop, "").await, 0);
    // What it signed while it counted, and is known, is paid, and told again.
    let real = by_former(&ordered.order);
    for _ in 0..2 {
        buyer.pay(&shop, &real).await;
    }
    let forged = by_former(&cheap);
    let response = buyer
        .present(&shop, &forged, &receipt(&cheap, "run-2"))
        .await;
    assert_eq!(refused(response).await, refusal);
    assert_eq!(booked(&shop, "capture:").await, 1);
}
