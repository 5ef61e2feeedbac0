//! Chats, against services that a test plays: what they are asked is noted, what people write there is told.

mod fake;
mod senders;
mod telegram;
mod trouble;
mod whatsapp;

use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use guildhall_console::agents::Handles;
use guildhall_console::app::{App, Parts};
use guildhall_console::channels;
use guildhall_console::config::Config;
use guildhall_console::server::Console;
use guildhall_host::{
    Amount, ApprovalFacts, HostLimits, NewAccount, RunStatus, SecretKey32, Tenant, Transport,
};
use serde_json::Value;

use super::approvals::{hash, waits};
use super::bench::{Bench, Browser};
use fake::{Call, Fake};

const PAYEE: &str = "payable/market.example/eur";
/// The token of the bot. No page and no file of the console has it in plain text.
pub const TOKEN: &str = "123456:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw";
/// Ann's number in chats, and that of somebody else.
pub const ANN: i64 = 5001;
pub const MALLORY: i64 = 6666;

/// A console of a merchant who has paid the payee once, with an owner, Ann, and services that a test plays.
pub struct Shop {
    pub bench: Bench,
    pub ann: Browser,
    pub fake: Arc<Fake>,
}

impl Shop {
    /// Nothing is set up yet.
    pub async fn bare(limits: HostLimits) -> Self {
        let fake = Arc::new(Fake::default());
        let transport: Arc<dyn Transport> = fake.clone();
        let bench = Bench::over(|host| host.transport(transport).limits(limits), |_| {}).await;
        let me = Tenant::local();
        let euro: Amount = "EUR 5000.00".parse().unwrap();
        let till = NewAccount::book("till", euro.currency, "UTC").unwrap();
        bench.host.open_account(&me, till).await.unwrap();
        bench.host.deposit(&me, "till", euro).await.unwrap();
        bench.host.open_payable(PAYEE, euro.currency).await.unwrap();
        let ann = bench.owner().await;
        let mut shop = Self { bench, ann, fake };
        let first = waits(&shop.bench, "order-0", "1.00").await;
        shop.approves_on_the_page(&first).await;
        shop
    }

    /// Telegram is set up, and Ann's chat is bound.
    pub async fn with_telegram(ceilings: &str) -> Self {
        Self::limited(ceilings, HostLimits::default()).await
    }

    pub async fn limited(ceilings: &str, limits: HostLimits) -> Self {
        let mut shop = Self::bare(limits).await;
        channels::start(&shop.bench.app);
        shop.sets_up(ceilings).await;
        let mut ann = shop.ann.clone();
        shop.binds(&mut ann, ANN).await;
        shop
    }

    pub async fn sets_up(&mut self, ceilings: &str) {
        let fields = [("token", TOKEN), ("ceilings", ceilings), ("base", "")];
        let done = self.ann.post("/settings/chat/telegram", &fields).await;
        assert_eq!(done.goes_to(), "/settings/chat", "{}", done.text);
    }

    /// A code for whoever looks.
    pub async fn code(&self, browser: &mut Browser) -> String {
        let page = browser.post("/settings/chat/telegram/code", &[]).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text);
        page.between("<code>", "</code>")
    }

    /// Binds the chat of `number` to whoever looks.
    pub async fn binds(&self, browser: &mut Browser, number: i64) {
        let code = self.code(browser).await;
        self.fake.write(number, &format!("/start {code}"));
        self.fake
            .call("an answer to the code", |call| {
                call.method == "sendMessage"
                    && call.chat() == number
                    && call.text().contains("belongs to")
            })
            .await;
    }

    pub async fn approves_on_the_page(&mut self, run: &str) {
        let effects = hash(&self.bench, run).await;
        let fields = [("effects", effects.as_str()), ("decision", "once")];
        let path = format!("/approvals/{run}");
        let done = self.ann.post(&path, &fields).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    }

    /// A payment that waits, and the notice of it in Ann's chat.
    pub async fn told(&self, document: &str, amount: &str) -> (String, Call) {
        let run = waits(&self.bench, document, amount).await;
        let notice = self.notice(&run, ANN).await;
        (run, notice)
    }

    pub async fn notice(&self, run: &str, chat: i64) -> Call {
        self.fake
            .call("a notice", |call| {
                call.method == "sendMessage" && call.chat() == chat && call.text().contains(run)
            })
            .await
    }

    /// What the message of a notice was changed to.
    pub async fn edited(&self, notice: &Call) -> Call {
        let message = notice.message;
        self.fake
            .call("a changed message", |call| {
                call.method == "editMessageText" && call.body["message_id"].as_i64() == message
            })
            .await
    }

    /// Taps a button, and gives what the person is told.
    pub async fn taps(&self, from: i64, chat: i64, message: Option<i64>, data: &str) -> Value {
        let query = self.fake.tap(from, chat, "private", message, data);
        self.answered(&query).await
    }

    pub async fn answered(&self, query: &str) -> Value {
        let call = self
            .fake
            .call("an answer to the tap", |call| {
                call.method == "answerCallbackQuery" && call.body["callback_query_id"] == query
            })
            .await;
        call.body
    }

    pub async fn status(&self, run: &str) -> RunStatus {
        let detail = self.bench.host.run(&Tenant::local(), run).await.unwrap();
        detail.unwrap().outcome.status
    }

    pub async fn decision(&self, run: &str) -> Option<ApprovalFacts> {
        let host = &self.bench.host;
        host.decision(&Tenant::local(), run).await.unwrap()
    }

    /// Ends what listens, and starts it again as a new process would.
    pub async fn restarts(&mut self) -> App {
        self.bench.app.stop.cancel();
        self.starts_another().await
    }

    pub async fn starts_another(&self) -> App {
        let parts = Parts {
            host: self.bench.host.clone(),
            shelf: self.bench.shelf.clone(),
            handles: Handles::new(SecretKey32::from_bytes(&[7; 32])),
        };
        let config = Config::local(&self.bench.folder.path().join("state"));
        let address = config.listen;
        let app = Console::app(config, parts, address).await.unwrap();
        channels::start(&app);
        app
    }

    /// Changes rows of the console's database, as nobody should.
    pub async fn sql(&self, text: &'static str) {
        let mut tx = self.bench.app.store.write().await.unwrap();
        sqlx::query(text).execute(tx.connection()).await.unwrap();
        tx.commit().await.unwrap();
    }
}

/// Longer than two looks of what follows: what has not happened by then does not.
pub async fn a_while() {
    tokio::time::sleep(Duration::from_millis(2_300)).await;
}
