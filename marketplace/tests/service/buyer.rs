//! A merchant who buys: his host is only a key here, and what it signs.

use guildhall_package::market::Page;
use guildhall_package::market::money::document::{self, verify};
use guildhall_package::market::money::receipt::RECEIPT_TYPE;
use guildhall_package::market::money::{
    CancelRequest, CreditNote, Document, Licence, LicenceAnswer, LicencesRequest, Order,
    OrderAnswer, OrderRequest, OwnOrder, PaymentProof, Price, PriceModel, RefundAnswer,
    RefundRequest, RenewRequest, SetPrice, SignedRequest,
};
use guildhall_package::market::release::{Logged, SkillInfo};
use guildhall_package::money::Amount;
use guildhall_package::trust::root::TrustedRoot;
use guildhall_package::trust::{PublicKey, SigningKey, Status, dsse};
use guildhall_package::{Digest, SkillName};
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::author::{Author, new_key};
use crate::shop::{ORIGIN, Shop, answer};

pub fn amount(text: &str) -> Amount {
    text.parse().unwrap()
}

pub fn once(text: &str) -> Price {
    Price::of(PriceModel::OneTime, amount(text)).unwrap()
}

pub fn monthly(text: &str) -> Price {
    Price::of(PriceModel::PerMonth, amount(text)).unwrap()
}

pub async fn set_price(shop: &Shop, token: &str, skill: &str, price: &Price) -> Response {
    let path = format!("/api/v1/skills/{skill}/price");
    let body = SetPrice {
        price: price.clone(),
    };
    shop.send(token, Method::PUT, &path, &body).await
}

/// An author with one skill at a price.
pub async fn seller(shop: &Shop, name: &str, skill: &str, price: &Price) -> Author {
    let author = Author::new(shop, name).await;
    author.released(shop, &author.release(skill, "1.0.0")).await;
    let full = format!("{name}/{skill}");
    let logged: Logged = answer(set_price(shop, &author.token, &full, price).await).await;
    assert!(logged.tree_size.is_some());
    let info: SkillInfo = shop.get_json(&format!("/api/v1/skills/{full}")).await;
    assert_eq!(info.price, *price);
    author
}

pub async fn log_key(shop: &Shop) -> PublicKey {
    let root = shop.get("/root.json").await.bytes().await.unwrap();
    *TrustedRoot::pin(&root).unwrap().file().log.key()
}

pub async fn status(shop: &Shop) -> Status {
    let envelope = shop.get("/api/v1/status").await.bytes().await.unwrap();
    Status::verify(&envelope, &log_key(shop).await, ORIGIN).unwrap()
}

/// Reads what the marketplace signed.
pub async fn signed<D: Document>(shop: &Shop, envelope: &str) -> D {
    verify(envelope.as_bytes(), &log_key(shop).await, ORIGIN).unwrap()
}

/// A signed order, and its bytes.
#[derive(Debug, Clone)]
pub struct Ordered {
    pub order: Order,
    pub envelope: String,
}

#[derive(Clone)]
pub struct Buyer {
    pub key: SigningKey,
}

impl Buyer {
    pub fn new() -> Self {
        Self { key: new_key() }
    }

    pub fn merchant(&self) -> PublicKey {
        self.key.public()
    }

    pub fn sign<D: Document>(&self, document: &D) -> SignedRequest {
        let envelope = document::sign(document, &self.key).unwrap();
        SignedRequest {
            request: String::from_utf8(envelope).unwrap(),
        }
    }

    pub fn wish(&self, shop: &Shop, skill: &str, price: &Price) -> OrderRequest {
        OrderRequest {
            origin: ORIGIN.to_owned(),
            skill: skill.parse().unwrap(),
            merchant: self.merchant(),
            price: price.clone(),
            next: false,
            at: shop.clock.now(),
        }
    }

    pub async fn ask(&self, shop: &Shop, wish: &OrderRequest) -> Response {
        shop.post("", "/api/v1/orders", &self.sign(wish)).await
    }

    /// What has to be paid.
    pub async fn order(&self, shop: &Shop, skill: &str, price: &Price) -> Ordered {
        self.to_pay(shop, &self.wish(shop, skill, price)).await
    }

    pub async fn to_pay(&self, shop: &Shop, wish: &OrderRequest) -> Ordered {
        match answer(self.ask(shop, wish).await).await {
            OrderAnswer::ToPay { order } => Ordered {
                order: signed(shop, &order).await,
                envelope: order,
            },
            paid @ OrderAnswer::Paid { .. } => panic!("{paid:?}"),
        }
    }

    /// The licence of what is paid.
    pub async fn has(&self, shop: &Shop, wish: &OrderRequest) -> Licence {
        match answer(self.ask(shop, wish).await).await {
            OrderAnswer::Paid { licence } => signed(shop, &licence).await,
            other @ OrderAnswer::ToPay { .. } => panic!("{other:?}"),
        }
    }

    pub fn proof(&self, ordered: &Ordered, receipt: &Value) -> PaymentProof {
        PaymentProof {
            order: ordered.envelope.clone(),
            receipt: sign_receipt(&self.key, receipt),
        }
    }

    pub async fn present(&self, shop: &Shop, ordered: &Ordered, receipt: &Value) -> Response {
        present(shop, &ordered.order.id, &self.proof(ordered, receipt)).await
    }

    pub async fn pay(&self, shop: &Shop, ordered: &Ordered) -> Licence {
        let receipt = receipt(&ordered.order, &run_of(&ordered.order));
        let answer: LicenceAnswer = answer(self.present(shop, ordered, &receipt).await).await;
        signed(shop, &answer.licence).await
    }

    pub async fn buy(&self, shop: &Shop, skill: &str, price: &Price) -> Ordered {
        let ordered = self.order(shop, skill, price).await;
        self.pay(shop, &ordered).await;
        ordered
    }

    pub fn refund_request(&self, shop: &Shop, order: &Digest, runs: u64) -> RefundRequest {
        RefundRequest {
            origin: ORIGIN.to_owned(),
            order: *order,
            merchant: self.merchant(),
            runs,
            last_run: (runs > 0).then(|| shop.clock.now()),
            at: shop.clock.now(),
        }
    }

    pub async fn ask_back(&self, shop: &Shop, order: &Digest, runs: u64) -> Response {
        let request = self.sign(&self.refund_request(shop, order, runs));
        shop.post("", &format!("/api/v1/orders/{order}/refund"), &request)
            .await
    }

    pub async fn refund(&self, shop: &Shop, order: &Digest, runs: u64) -> CreditNote {
        let back: RefundAnswer = answer(self.ask_back(shop, order, runs).await).await;
        signed(shop, &back.credit_note).await
    }

    pub async fn renew(&self, shop: &Shop, order: &Digest) -> Response {
        let request = RenewRequest {
            origin: ORIGIN.to_owned(),
            order: *order,
            merchant: self.merchant(),
            at: shop.clock.now(),
        };
        shop.post("", "/api/v1/licences/renew", &self.sign(&request))
            .await
    }

    pub async fn cancel(&self, shop: &Shop, skill: &str) -> Response {
        let skill: SkillName = skill.parse().unwrap();
        let request = CancelRequest {
            origin: ORIGIN.to_owned(),
            skill,
            merchant: self.merchant(),
            at: shop.clock.now(),
        };
        shop.post("", "/api/v1/licences/cancel", &self.sign(&request))
            .await
    }

    pub async fn list(&self, shop: &Shop, cursor: Option<String>) -> Page<OwnOrder> {
        let request = LicencesRequest {
            origin: ORIGIN.to_owned(),
            merchant: self.merchant(),
            cursor,
            at: shop.clock.now(),
        };
        answer(
            shop.post("", "/api/v1/licences", &self.sign(&request))
                .await,
        )
        .await
    }
}

pub async fn present(shop: &Shop, id: &Digest, proof: &PaymentProof) -> Response {
    shop.post("", &format!("/api/v1/orders/{id}/payment"), proof)
        .await
}

/// A run that paid an order and no other.
pub fn run_of(order: &Order) -> String {
    format!("run-{}", order.id.short())
}

/// What a host writes of a run that paid this order.
pub fn receipt(order: &Order, run: &str) -> Value {
    json!({
        "version": 1,
        "run": { "invocation": run, "tenant": "local", "operation": "buy" },
        "status": "committed",
        "effects": [{
            "effect": { "index": 0, "requires": [], "facts": {
                "kind": "payment", "from": "main", "rail": "book", "scheme": "book",
                "account": order.account(), "payee_name": "Market", "amount": order.amount,
                "document": order.reference, "key": Digest::of(b"key"), "requested_date": null, "reason": "",
            } },
            "state": "done", "detail": null, "undone": false,
        }],
        "approval": null,
        "audit": { "entries": 1 },
    })
}

pub fn sign_receipt(key: &SigningKey, receipt: &Value) -> String {
    let payload = serde_json::to_vec(receipt).unwrap();
    let envelope = dsse::sign(RECEIPT_TYPE, &payload, key).unwrap();
    String::from_utf8(envelope.to_bytes().unwrap()).unwrap()
}
