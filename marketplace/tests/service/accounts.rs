//! Accounts, logging in, tokens.

use std::time::Duration;

use guildhall_marketplace::store;
use guildhall_package::market::Page;
use guildhall_package::market::account::{
    AccountInfo, ChangePassword, IssuedToken, NewAccount, NewToken, Scope, TokenInfo,
};
use reqwest::Method;

use crate::author::{Author, account};
use crate::both;
use crate::shop::{ADMIN, Db, PASSWORD, Shop, answer, refused};

both!(
    an_account_is_made_once_and_logs_in,
    who_guesses_is_locked_out,
    many_guesses_at_once_are_counted
);
both!(
    a_token_does_what_its_scopes_say,
    tokens_end,
    a_new_password_ends_other_tokens,
    no_old_password_logs_in_while_it_is_changed,
    registration_can_be_closed
);
both!(
    too_many_attempts_are_told_when_to_come_back,
    nothing_secret_is_stored
);

async fn an_account_is_made_once_and_logs_in(db: Db) {
    let shop = Shop::open(db).await;
    let token = account(&shop, "nora").await;
    let own: AccountInfo = answer(shop.read(&token, "/api/v1/account").await).await;
    assert_eq!((own.account.as_str(), own.roles.len()), ("nora", 0));
    let again = NewAccount {
        account: "nora".parse().unwrap(),
        password: PASSWORD.to_owned(),
    };
    let refusal = refused(shop.post("", "/api/v1/accounts", &again).await).await;
    assert_eq!(refusal, (409, "account.taken".to_owned()));
    // A wrong name and a wrong password are the same answer.
    for (name, password) in [("nora", "wrong password 1"), ("nobody", PASSWORD)] {
        let refusal = refused(shop.login(name, password, &[]).await).await;
        assert_eq!(refusal, (401, "login.wrong".to_owned()));
    }
    for short in ["", "elevenchars"] {
        let body = serde_json::json!({ "account": "paul", "password": short });
        assert_eq!(
            refused(shop.post("", "/api/v1/accounts", &body).await)
                .await
                .0,
            422
        );
    }
    let admin: AccountInfo = answer(shop.read(&shop.admin().await, "/api/v1/account").await).await;
    assert_eq!(admin.account.as_str(), ADMIN);
    assert_eq!(admin.roles.len(), 2);
    for (header, code) in [
        ("Bearer ghm_wrong", "token.invalid"),
        ("Bearer wrong", "token.invalid"),
        ("Basic bm9yYTp4", "token.invalid"),
        ("", "token.invalid"),
    ] {
        let asked = shop
            .ask(Method::GET, "/api/v1/account")
            .header("authorization", header);
        let refusal = refused(asked.send().await.unwrap()).await;
        assert_eq!(refusal, (401, code.to_owned()), "{header}");
    }
}

async fn who_guesses_is_locked_out(db: Db) {
    let shop = Shop::open(db).await;
    let token = account(&shop, "nora").await;
    for _ in 0..6 {
        refused(shop.login("nora", "wrong password 1", &[]).await).await;
    }
    // Now even the right password has to wait, and is told how long.
    let locked = shop.login("nora", PASSWORD, &[]).await;
    let seconds: i64 = locked.headers()["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert_eq!(refused(locked).await, (429, "login.locked".to_owned()));
    assert!((1..=60).contains(&seconds), "{seconds}");
    // What is logged in stays so, and others are not concerned.
    assert_eq!(shop.read(&token, "/api/v1/account").await.status(), 200);
    account(&shop, "paul").await;
    shop.clock.advance(seconds * 1000);
    assert_eq!(shop.login("nora", PASSWORD, &[]).await.status(), 201);
    // A right one starts the count anew.
    refused(shop.login("nora", "wrong password 1", &[]).await).await;
    assert_eq!(shop.login("nora", PASSWORD, &[]).await.status(), 201);
}

async fn many_guesses_at_once_are_counted(db: Db) {
    let shop = Shop::open(db).await;
    account(&shop, "nora").await;
    let guesses = (0..12).map(|_| shop.login("nora", "wrong password 1", &[]));
    let mut tried = 0;
    for response in futures::future::join_all(guesses).await {
        if refused(response).await.1 == "login.wrong" {
            tried += 1;
        }
    }
    assert!(tried <= 5, "{tried} guesses were tried");
}

async fn a_token_does_what_its_scopes_say(db: Db) {
    let shop = Shop::open(db).await;
    let author = Author::new(&shop, "northwind").await;
    let issue = async |scopes: &[Scope]| {
        let issued: IssuedToken = answer(shop.login("northwind", PASSWORD, scopes).await).await;
        issued.token
    };
    let only_publish = issue(&[Scope::Publish]).await;
    let only_yank = issue(&[Scope::Yank]).await;
    let nothing = issue(&[]).await;
    let reason = serde_json::json!({ "reason": "Wrong sums." });
    let package = author.release("invoices", "1.0.0");
    author.released(&shop, &package).await;
    let yank = "/api/v1/releases/northwind/invoices/1.0.0/yank";
    for (token, method, path, body) in [
        (&only_publish, Method::POST, yank, &reason),
        (&only_publish, Method::GET, "/api/v1/tokens", &reason),
        (
            &only_publish,
            Method::POST,
            "/api/v1/publishers/northwind/keys/challenge",
            &reason,
        ),
        (&only_yank, Method::POST, "/api/v1/publishes", &reason),
        (&only_yank, Method::GET, "/api/v1/publishes", &reason),
        (&nothing, Method::GET, "/api/v1/review/queue", &reason),
        (&nothing, Method::DELETE, "/api/v1/tokens/x", &reason),
    ] {
        let refusal = refused(shop.send(token, method, path, body).await).await;
        assert_eq!(refusal, (403, "token.scope".to_owned()), "{path}");
    }
    assert_eq!(shop.read(&nothing, "/api/v1/account").await.status(), 200);
    // A token makes none that may do more.
    let wanted = |scopes: &[Scope]| NewToken {
        label: "more".to_owned(),
        scopes: scopes.to_vec(),
        days: Some(1),
    };
    let manager = issue(&[Scope::Account, Scope::Publish]).await;
    let refusal = refused(
        shop.post(&manager, "/api/v1/tokens", &wanted(&[Scope::Keys]))
            .await,
    )
    .await;
    assert_eq!(refusal, (403, "token.scope".to_owned()));
    let made: IssuedToken = answer(
        shop.post(&manager, "/api/v1/tokens", &wanted(&[Scope::Publish]))
            .await,
    )
    .await;
    assert_eq!(made.info.scopes, [Scope::Publish]);
    // The scopes `review` and `admin` are nothing without the role.
    let high = issue(&[Scope::Review, Scope::Admin]).await;
    let refusal = refused(shop.read(&high, "/api/v1/review/queue").await).await;
    assert_eq!(refusal, (403, "account.role".to_owned()));
    for wrong in [
        wanted(&[]),
        NewToken {
            days: Some(0),
            ..wanted(&[])
        },
        NewToken {
            days: Some(5_000),
            ..wanted(&[])
        },
    ] {
        let label = NewToken {
            label: if wrong.days == Some(1) {
                String::new()
            } else {
                wrong.label.clone()
            },
            ..wrong
        };
        assert_eq!(
            refused(shop.post(&manager, "/api/v1/tokens", &label).await)
                .await
                .0,
            422
        );
    }
}

async fn tokens_end(db: Db) {
    let shop = Shop::open(db).await;
    let token = account(&shop, "nora").await;
    let second: IssuedToken = answer(shop.login("nora", PASSWORD, &[]).await).await;
    let list: Page<TokenInfo> = answer(shop.read(&token, "/api/v1/tokens?limit=1").await).await;
    assert_eq!(list.items.len(), 1);
    let next = list.next.unwrap();
    let rest: Page<TokenInfo> = answer(
        shop.read(&token, &format!("/api/v1/tokens?cursor={next}"))
            .await,
    )
    .await;
    assert_eq!((rest.items.len(), rest.next), (1, None));
    let path = format!("/api/v1/tokens/{}", second.info.id);
    assert_eq!(
        shop.send(&token, Method::DELETE, &path, &()).await.status(),
        204
    );
    let refusal = refused(shop.read(&second.token, "/api/v1/account").await).await;
    assert_eq!(refusal, (401, "token.revoked".to_owned()));
    assert_eq!(
        refused(shop.send(&token, Method::DELETE, &path, &()).await)
            .await
            .0,
        404
    );
    // Nobody revokes those of others.
    let other = account(&shop, "paul").await;
    let path = format!("/api/v1/tokens/{}", rest.items[0].id);
    assert_eq!(
        refused(shop.send(&other, Method::DELETE, &path, &()).await)
            .await
            .0,
        404
    );
    assert_eq!(
        shop.send(&other, Method::DELETE, "/api/v1/tokens/current", &())
            .await
            .status(),
        204
    );
    assert_eq!(
        refused(shop.read(&other, "/api/v1/account").await).await.0,
        401
    );
    // All end after their days.
    shop.clock.advance(89 * 24 * 3_600_000);
    assert_eq!(shop.read(&token, "/api/v1/account").await.status(), 200);
    shop.clock.advance(2 * 24 * 3_600_000);
    let refusal = refused(shop.read(&token, "/api/v1/account").await).await;
    assert_eq!(refusal, (401, "token.expired".to_owned()));
}

async fn a_new_password_ends_other_tokens(db: Db) {
    let shop = Shop::open(db).await;
    let token = account(&shop, "nora").await;
    let stolen: IssuedToken = answer(shop.login("nora", PASSWORD, &Scope::ALL).await).await;
    let path = "/api/v1/account/password";
    let wrong = ChangePassword {
        old: "wrong password 1".to_owned(),
        new: "another password".to_owned(),
    };
    let refusal = refused(shop.post(&stolen.token, path, &wrong).await).await;
    assert_eq!(refusal, (403, "password.wrong".to_owned()));
    let right = ChangePassword {
        old: PASSWORD.to_owned(),
        ..wrong
    };
    assert_eq!(shop.post(&token, path, &right).await.status(), 204);
    assert_eq!(
        refused(shop.read(&stolen.token, "/api/v1/account").await)
            .await
            .0,
        401
    );
    assert_eq!(shop.read(&token, "/api/v1/account").await.status(), 200);
    assert_eq!(
        refused(shop.login("nora", PASSWORD, &[]).await).await.0,
        401
    );
    assert_eq!(
        shop.login("nora", "another password", &[]).await.status(),
        201
    );
}

/// Sets a password past the service, as soon as a login has read the one before.
async fn change_under_way(shop: &Shop, name: &str, hash_of: &str) {
    let store = store::open(&shop.config.database).await.unwrap();
    let mut db = store.read().await.unwrap();
    loop {
        let counted =
            sqlx::query("SELECT count FROM failures WHERE subject = $1").bind(format!("a:{name}"));
        if counted.fetch_optional(&mut *db).await.unwrap().is_some() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let sql = "UPDATE accounts SET password = (SELECT password FROM accounts WHERE account = $2) WHERE account = $1";
    let change = sqlx::query(sql).bind(name).bind(hash_of);
    change.execute(&mut *db).await.unwrap();
    drop(db);
    store.close().await;
}

async fn no_old_password_logs_in_while_it_is_changed(db: Db) {
    let shop = Shop::open(db).await;
    account(&shop, "nora").await;
    let other = NewAccount {
        account: "otto".parse().unwrap(),
        password: "quite another one".to_owned(),
    };
    assert_eq!(
        shop.post("", "/api/v1/accounts", &other).await.status(),
        201
    );
    // Others log in first, so that the password of this login waits to be compared.
    let others = async {
        let names: Vec<String> = (0..14).map(|i| format!("nobody-{i}")).collect();
        futures::future::join_all(names.iter().map(|name| shop.login(name, PASSWORD, &[]))).await
    };
    let login = async {
        tokio::time::sleep(Duration::from_millis(30)).await;
        shop.login("nora", PASSWORD, &Scope::ALL).await
    };
    let change = change_under_way(&shop, "nora", "otto");
    let (_, answer, ()) = tokio::join!(others, login, change);
    assert_eq!(refused(answer).await, (401, "login.wrong".to_owned()));
    let now = shop.login("nora", "quite another one", &[]).await;
    assert_eq!(now.status(), 201);
}

async fn registration_can_be_closed(db: Db) {
    let shop = Shop::with(db, |config| {
        config.registration = guildhall_marketplace::Registration::Closed;
    })
    .await;
    let new = NewAccount {
        account: "nora".parse().unwrap(),
        password: PASSWORD.to_owned(),
    };
    let refusal = refused(shop.post("", "/api/v1/accounts", &new).await).await;
    assert_eq!(refusal, (403, "account.closed".to_owned()));
}

async fn too_many_attempts_are_told_when_to_come_back(db: Db) {
    let shop = Shop::with(db, |config| {
        config.limits.logins_per_minute = 3;
        config.limits.reads_per_second = 2;
    })
    .await;
    let mut limited = None;
    for attempt in 0..5 {
        let response = shop
            .ask(Method::POST, "/api/v1/login")
            // A spoofed address changes nothing.
            .header("x-forwarded-for", format!("203.0.113.{attempt}"))
            .json(&serde_json::json!({
                "account": format!("nobody-{attempt}"), "password": PASSWORD,
                "token": { "label": "x", "scopes": [] }
            }))
            .send()
            .await
            .unwrap();
        if response.status() == 429 {
            limited = Some(response);
            break;
        }
    }
    let limited = limited.expect("a limit");
    assert!(limited.headers().contains_key("retry-after"));
    assert_eq!(refused(limited).await, (429, "rate.too-many".to_owned()));
    let mut last = 200;
    for _ in 0..20 {
        last = shop.get("/api/v1/search").await.status().as_u16();
    }
    assert_eq!(last, 429);
    // What comes from memory is not counted.
    assert_eq!(shop.get("/checkpoint").await.status(), 200);
}

async fn nothing_secret_is_stored(db: Db) {
    let shop = Shop::open(db).await;
    let token = account(&shop, "nora").await;
    let random = token.strip_prefix("ghm_").unwrap().to_owned();
    assert_eq!(random.len(), 43, "32 random bytes");
    if db == Db::Sqlite {
        for file in std::fs::read_dir(shop.folder.path()).unwrap() {
            let path = file.unwrap().path();
            if path.is_file() {
                let bytes = std::fs::read(&path).unwrap();
                let holds = |text: &str| {
                    bytes
                        .windows(text.len())
                        .any(|part| part == text.as_bytes())
                };
                assert!(!holds(&random) && !holds(PASSWORD), "{}", path.display());
                if path.extension().is_some_and(|kind| kind == "sqlite-wal") {
                    assert!(holds("$argon2id$"));
                }
            }
        }
    }
}
