//! Somebody who publishes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use guildhall_package::Digest;
use guildhall_package::market::account::{IssuedToken, NewAccount, Scope};
use guildhall_package::market::publisher::{
    KeyChallenge, KeyInfo, NewKey, NewPublisher, challenge_bytes,
};
use guildhall_package::market::{PublishInfo, PublishState};
use guildhall_package::trust::statement::PublisherClaim;
use guildhall_package::trust::{Artifact, PublisherStatement, SigningKey};
use reqwest::Response;
use reqwest::multipart::{Form, Part};

use crate::component::Recipe;
use crate::shop::{PASSWORD, Shop, answer};

/// When everything in these tests was made.
pub const CREATED: i64 = 1_700_000_000_000;

/// An account with a publisher of the same name, and a key.
#[derive(Clone)]
pub struct Author {
    pub name: String,
    pub token: String,
    pub key: SigningKey,
}

/// A release as it is uploaded.
#[derive(Clone)]
pub struct Package {
    pub artifact: Artifact,
    pub component: Vec<u8>,
    pub golden: Option<Vec<u8>>,
    pub statement: Vec<u8>,
}

/// A key that no other test has.
pub fn new_key() -> SigningKey {
    let seed = Digest::of(uuid::Uuid::now_v7().as_bytes());
    SigningKey::from_seed(seed.as_bytes())
}

pub async fn account(shop: &Shop, name: &str) -> String {
    let new = NewAccount {
        account: name.parse().unwrap(),
        password: PASSWORD.to_owned(),
    };
    let made = shop.post("", "/api/v1/accounts", &new).await;
    assert_eq!(made.status(), 201, "{}", made.text().await.unwrap());
    let issued: IssuedToken = answer(shop.login(name, PASSWORD, &Scope::ALL).await).await;
    issued.token
}

pub async fn register_key(
    shop: &Shop,
    token: &str,
    publisher: &str,
    key: &SigningKey,
    replaces: Option<String>,
) -> Response {
    let path = format!("/api/v1/publishers/{publisher}/keys/challenge");
    let challenge: KeyChallenge = answer(shop.post(token, &path, &()).await).await;
    let public_key = key.public().to_string();
    let message = challenge_bytes(
        &publisher.parse().unwrap(),
        &public_key,
        &challenge.challenge,
    );
    let new = NewKey {
        signature: STANDARD.encode(key.sign(&message)),
        challenge: challenge.challenge,
        public_key,
        replaces,
    };
    shop.post(token, &format!("/api/v1/publishers/{publisher}/keys"), &new)
        .await
}

impl Author {
    /// Makes account, publisher and key.
    pub async fn new(shop: &Shop, name: &str) -> Self {
        let token = account(shop, name).await;
        let new = NewPublisher {
            publisher: name.parse().unwrap(),
        };
        let made = shop.post(&token, "/api/v1/publishers", &new).await;
        assert_eq!(made.status(), 201, "{}", made.text().await.unwrap());
        let key = new_key();
        let _: KeyInfo = answer(register_key(shop, &token, name, &key, None).await).await;
        Self {
            name: name.to_owned(),
            token,
            key,
        }
    }

    pub fn pack(&self, recipe: &Recipe) -> Package {
        Package::signed(recipe.build(), None, &self.key)
    }

    /// A release of this author's skill.
    pub fn release(&self, skill: &str, version: &str) -> Package {
        self.pack(&Recipe::new(&format!("{}/{skill}", self.name), version))
    }

    pub async fn upload(&self, shop: &Shop, package: &Package) -> Response {
        upload(shop, &self.token, package.form()).await
    }

    /// Uploads and waits until it is settled.
    pub async fn publish(&self, shop: &Shop, package: &Package) -> PublishInfo {
        let staged: PublishInfo = answer(self.upload(shop, package).await).await;
        self.settled(shop, &staged.id).await
    }

    /// Publishes what has to be released.
    pub async fn released(&self, shop: &Shop, package: &Package) -> PublishInfo {
        let done = self.publish(shop, package).await;
        assert_eq!(done.state, PublishState::Released, "{done:?}");
        done
    }

    pub async fn settled(&self, shop: &Shop, id: &str) -> PublishInfo {
        let path = format!("/api/v1/publishes/{id}?wait_ms=20000");
        answer(shop.read(&self.token, &path).await).await
    }

    pub async fn look(&self, shop: &Shop, id: &str) -> PublishInfo {
        answer(
            shop.read(&self.token, &format!("/api/v1/publishes/{id}"))
                .await,
        )
        .await
    }
}

impl Package {
    pub fn signed(component: Vec<u8>, golden: Option<Vec<u8>>, key: &SigningKey) -> Self {
        let artifact = Artifact::build(&component, CREATED).unwrap();
        let statement = PublisherStatement {
            name: artifact.name.clone(),
            version: artifact.version.clone(),
            release: artifact.release,
            claim: PublisherClaim {
                component: artifact.component,
                golden: golden.as_deref().map(Digest::of),
                created: CREATED,
            },
        };
        Self {
            statement: statement.sign(key).unwrap(),
            artifact,
            component,
            golden,
        }
    }

    pub fn form(&self) -> Form {
        let mut form = Form::new()
            .part("statement", Part::bytes(self.statement.clone()))
            .part("manifest", Part::bytes(self.artifact.manifest.clone()))
            .part("config", Part::bytes(self.artifact.config.clone()));
        if let Some(golden) = &self.golden {
            form = form.part("golden", Part::bytes(golden.clone()));
        }
        form.part("component", Part::bytes(self.component.clone()))
    }
}

pub async fn upload(shop: &Shop, token: &str, form: Form) -> Response {
    shop.ask(reqwest::Method::POST, "/api/v1/publishes")
        .bearer_auth(token)
        .multipart(form)
        .send()
        .await
        .unwrap()
}
