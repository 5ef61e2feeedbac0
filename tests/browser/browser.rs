//! A browser, and what a person does with it.

use crate::stage::Stage;
use guildhall_tests::market::PASSWORD;
use guildhall_tests::{Value, json};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Once;
use std::time::{Duration, Instant};
use thirtyfour::prelude::*;

/// How long a page may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// How often the browser's driver is started at most.
const STARTS: usize = 5;

/// How a page is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct View {
    /// Width in CSS pixels.
    pub width: u32,
    /// Whether the person likes it dark.
    pub dark: bool,
}

impl View {
    /// A phone.
    pub const PHONE_LIGHT: Self = Self {
        width: 390,
        dark: false,
    };
    /// All.
    pub const ALL: [Self; 4] = [
        Self::PHONE_LIGHT,
        Self {
            width: 390,
            dark: true,
        },
        Self {
            width: 1280,
            dark: false,
        },
        Self {
            width: 1280,
            dark: true,
        },
    ];

    /// `390-dark`.
    pub fn name(self) -> String {
        format!(
            "{}-{}",
            self.width,
            if self.dark { "dark" } else { "light" }
        )
    }
}

/// A browser of one test.
pub struct Browser {
    pub driver: WebDriver,
    program: Child,
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

/// The program takes a free port of one family of addresses and then the same of the other, which somebody else may have by then: it
/// says so and ends, and has to be started again.
fn start_driver() -> (Child, String) {
    let program =
        std::env::var("GUILDHALL_CHROMEDRIVER").unwrap_or_else(|_| "chromedriver".to_owned());
    let mut said = Vec::new();
    for _ in 0..STARTS {
        match try_start_driver(&program) {
            Ok(started) => return started,
            Err(lines) => said.push(lines),
        }
    }
    panic!("{program} does not say where it listens, but: {said:?}")
}

/// A driver and its address, or what it said before it ended.
fn try_start_driver(program: &str) -> Result<(Child, String), Vec<String>> {
    let mut child = Command::new(program)
        .arg("--port=0")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap_or_else(|error| {
            panic!("{program} does not start: {error}; get it: cargo xtask setup")
        });
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut said = Vec::new();
    for line in lines.by_ref().map_while(Result::ok) {
        if let Some((_, port)) = line.split_once("successfully on port ") {
            let address = format!("http://127.0.0.1:{}", port.trim_end_matches('.'));
            // What it says later must not fill the pipe.
            std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
            return Ok((child, address));
        }
        said.push(line);
    }
    let _ = child.kill();
    let _ = child.wait();
    Err(said)
}

impl Browser {
    /// Starts one.
    pub async fn start() -> Self {
        static TLS: Once = Once::new();
        TLS.call_once(|| {
            let _ = rustls::crypto::ring::default_provider().install_default();
        });
        let (program, address) = start_driver();
        let mut wishes = DesiredCapabilities::chrome();
        for argument in [
            "--headless=new",
            // As root and in a container there is no other way.
            "--no-sandbox",
            "--disable-dev-shm-usage",
            "--disable-gpu",
            "--hide-scrollbars",
            "--lang=en",
            "--window-size=1280,900",
        ] {
            wishes.add_arg(argument).unwrap();
        }
        let driver = WebDriver::new(&address, wishes).await.unwrap();
        driver
            .set_page_load_timeout(Duration::from_secs(60))
            .await
            .unwrap();
        driver
            .set_script_timeout(Duration::from_secs(60))
            .await
            .unwrap();
        Self { driver, program }
    }

    /// Ends it.
    pub async fn stop(self) {
        self.driver.clone().quit().await.unwrap();
    }

    /// Tells the browser something that WebDriver has no word for.
    pub async fn devtools(&self, command: &str, params: Value) -> Value {
        self.driver.cdp().send_raw(command, params).await.unwrap()
    }

    /// Looks from now on in this way.
    pub async fn look(&self, view: View) {
        let is_phone = view.width < 600;
        self.devtools(
            "Emulation.setDeviceMetricsOverride",
            json!({ "width": view.width, "height": 844, "deviceScaleFactor": 1, "mobile": is_phone }),
        )
        .await;
        let scheme = if view.dark { "dark" } else { "light" };
        self.devtools(
            "Emulation.setEmulatedMedia",
            json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] }),
        )
        .await;
    }

    /// Switches scripts off.
    pub async fn without_scripts(&self) {
        self.devtools(
            "Emulation.setScriptExecutionDisabled",
            json!({ "value": true }),
        )
        .await;
    }

    /// Asks the page something.
    pub async fn ask(&self, script: &str) -> Value {
        self.driver
            .execute(script, Vec::new())
            .await
            .unwrap()
            .json()
            .clone()
    }

    pub async fn open(&self, url: &str) {
        self.driver.goto(url).await.unwrap();
    }

    async fn find(&self, css: &str) -> WebElement {
        self.driver
            .find(By::Css(css))
            .await
            .unwrap_or_else(|error| panic!("{css}: {error}"))
    }

    /// Waits until a part of the page shows a text: a click ends before the page after it is there.
    pub async fn shows(&self, css: &str, text: &str) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let found = match self.driver.find(By::Css(css)).await {
                Ok(part) => part.text().await.unwrap_or_default(),
                Err(_) => String::new(),
            };
            if found.contains(text) {
                return;
            }
            assert!(Instant::now() < deadline, "no `{text}` in {css}: {found}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Insists that a part of the page, which is there, does not show a text.
    pub async fn lacks(&self, css: &str, text: &str) {
        let part = self.driver.find(By::Css(css)).await.unwrap();
        let found = part.text().await.unwrap();
        assert!(!found.contains(text), "`{text}` in {css}: {found}");
    }

    /// Waits until the browser is at a path.
    async fn is_at(&self, path: &str) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let url = self.driver.current_url().await.unwrap();
            if url.path() == path {
                return;
            }
            assert!(Instant::now() < deadline, "{url} and not {path}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    pub async fn write(&self, css: &str, text: &str) {
        let field = self.find(css).await;
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    pub async fn press(&self, css: &str) {
        let button = self.find(css).await;
        button.scroll_into_view().await.unwrap();
        button.click().await.unwrap();
    }

    /// What a part of the page shows.
    pub async fn text(&self, css: &str) -> String {
        self.find(css).await.text().await.unwrap()
    }

    /// The path of the page that is shown.
    pub async fn path(&self) -> String {
        self.driver.current_url().await.unwrap().path().to_owned()
    }

    /// Chooses files in a field for them.
    pub async fn chooses(&self, css: &str, files: &[String]) {
        let field = self.find(css).await;
        field.send_keys(files.join("\n")).await.unwrap();
    }

    /// Keeps what is downloaded in a folder, asking nobody.
    pub async fn downloads_to(&self, folder: &Path) {
        self.devtools(
            "Browser.setDownloadBehavior",
            json!({ "behavior": "allow", "downloadPath": folder.to_str() }),
        )
        .await;
    }

    /// Follows the first link with this text.
    pub async fn follow(&self, text: &str) {
        let link = self.driver.find(By::LinkText(text)).await;
        let link = link.unwrap_or_else(|error| panic!("{text}: {error}"));
        link.scroll_into_view().await.unwrap();
        link.click().await.unwrap();
    }

    /// Signs in, and comes to a page.
    pub async fn sign_in(&self, stage: &Stage, account: &str, to: &str) {
        self.open(&stage.url(to)).await;
        self.write("#account", account).await;
        self.write("#password", PASSWORD).await;
        self.press("main .button").await;
        self.is_at(to).await;
        self.shows("nav", "Sign out").await;
    }

    pub async fn sign_out(&self) {
        self.press("nav button.link").await;
        self.shows("nav", "Sign in").await;
    }

    /// Signs out, and in with a wrong password.
    pub async fn wrong_sign_in(&self, stage: &Stage) {
        self.sign_out().await;
        self.open(&stage.url("/sign-in")).await;
        self.write("#account", "nora").await;
        self.write("#password", "this is not it").await;
        self.press("main .button").await;
        self.shows("main", "Not signed in").await;
    }

    /// Reports a skill.
    pub async fn report_abuse(&self, stage: &Stage) {
        self.open(&stage.url("/report?skill=northwind%2Fpay-supplier"))
            .await;
        self.press("#kind-harm").await;
        self.write("#text", "It asked for my bank password.").await;
        self.write("#contact", "merchant@example.test").await;
        self.press("main .button").await;
        self.shows("main", "Thank you").await;
    }
}
