//! What every page has to fulfil, in each view. All that is wrong is told at once.

use crate::browser::{Browser, View};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use guildhall_tests::{Value, json};
use std::collections::BTreeSet;
use std::path::PathBuf;
use thirtyfour::prelude::*;

/// What can be reached by keyboard: each gets a number, and radio buttons of one question are one. A date is one, too, but takes
/// tabs of its own: for each of its parts and for its calendar.
const MARK: &str = r"
    const seen = new Set(); let number = 0, parts = 0;
    for (const it of document.querySelectorAll('[data-reach]')) delete it.dataset.reach;
    for (const it of document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex]')) {
        if (it.type === 'hidden' || it.disabled || it.tabIndex < 0 || !it.checkVisibility()) continue;
        if (it.type === 'radio') { if (seen.has(it.name)) continue; seen.add(it.name); }
        if (it.type === 'date') parts += 3;
        it.dataset.reach = String(number++);
    }
    document.body.tabIndex = -1; document.body.focus(); window.scrollTo(0, 0);
    return { number, tabs: number + parts };
";
/// How much of what was numbered is still on the page.
const MARKED: &str = "return document.querySelectorAll('[data-reach]').length";
/// The number of what has the focus, and whether one sees that.
const FOCUS: &str = r"
    const it = document.activeElement;
    const of = it.type === 'radio' ? document.querySelector(`input[name='${it.name}'][data-reach]`) : it;
    const shown = (e) => e && getComputedStyle(e).outlineStyle !== 'none' && parseFloat(getComputedStyle(e).outlineWidth) >= 2;
    return { reach: of?.dataset?.reach ?? null, seen: !!(shown(it) || shown(it.closest('.find'))), what: it.outerHTML.slice(0, 120) };
";
/// What is wider than the page, by its beginning. What lies in a part that scrolls by itself is not: axe-core sees that such a part
/// can be reached by keyboard, and the part itself is looked at.
const OVERFLOW: &str = r"
    const wide = document.documentElement.clientWidth;
    const out = [];
    const scrolls = (it) => it && it !== document.body && (/auto|scroll/.test(getComputedStyle(it).overflowX) || scrolls(it.parentElement));
    for (const it of document.body.querySelectorAll('*')) {
        const box = it.getBoundingClientRect();
        if (box.right > wide + 0.5 && box.width > 0 && !it.closest('.hidden, .skip, svg') && !scrolls(it.parentElement)) out.push(it.outerHTML.slice(0, 100));
    }
    return { scroll: document.documentElement.scrollWidth, out: out.slice(0, 5) };
";
const AXE: &str = r"
    const done = arguments[arguments.length - 1];
    axe.run(document, { resultTypes: ['violations'] }).then(
        (found) => done(found.violations.map((it) => ({
            id: it.id, impact: it.impact, help: it.help,
            where: it.nodes.slice(0, 4).map((node) => node.target.join(' ') + ' | ' + node.failureSummary),
        }))),
        (error) => done([{ id: 'axe', impact: 'critical', help: String(error), where: [] }]),
    );
";

/// How often a page that changes is gone over.
const ROUNDS: usize = 3;

/// The checks of one test.
pub struct Checks<'a> {
    browser: &'a Browser,
    axe: String,
    pictures: PathBuf,
    wrong: Vec<String>,
    pages: usize,
}

fn target() -> PathBuf {
    let this = std::env::current_exe().unwrap();
    // target/debug/deps/browser-…
    this.ancestors().nth(3).unwrap().to_owned()
}

fn axe() -> String {
    let path = std::env::var_os("GUILDHALL_AXE")
        .map_or_else(|| target().join("axe/package/axe.min.js"), PathBuf::from);
    std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}; get it: cargo xtask setup", path.display()))
}

impl<'a> Checks<'a> {
    pub fn new(browser: &'a Browser) -> Self {
        let pictures = target().join("browser");
        std::fs::create_dir_all(&pictures).unwrap();
        Self {
            browser,
            axe: axe(),
            pictures,
            wrong: Vec::new(),
            pages: 0,
        }
    }

    /// Opens a page and looks at it from all sides.
    pub async fn page(&mut self, name: &str, url: &str) {
        self.browser.open(url).await;
        self.shown(name).await;
        self.browser.open(url).await;
    }

    /// Looks at the page that is shown.
    pub async fn shown(&mut self, name: &str) {
        self.pages += 1;
        for view in View::ALL {
            self.browser.look(view).await;
            self.whole(name, view).await;
            self.readable(name, view).await;
            self.picture(name, view).await;
        }
        self.browser.look(View::PHONE_LIGHT).await;
        self.by_keyboard(name).await;
    }

    fn complain(&mut self, name: &str, what: impl std::fmt::Display) {
        self.wrong.push(format!("{name}: {what}"));
    }

    async fn whole(&mut self, name: &str, view: View) {
        let found = self.browser.ask(OVERFLOW).await;
        if found["scroll"].as_u64() > Some(u64::from(view.width)) || found["out"] != json!([]) {
            self.complain(
                name,
                format!("{} is wider than the page: {found}", view.name()),
            );
        }
        let title = self.browser.ask("return document.title").await;
        let title = title.as_str().unwrap_or_default();
        if !title.contains("Guildhall") {
            self.complain(name, format!("its title is `{title}`"));
        }
        let scripts = self
            .browser
            .ask("return document.querySelectorAll('script:not([type=module][src^=\"/assets/\"]), iframe, object, embed, [style], [onerror], [onclick]').length")
            .await;
        if scripts != json!(0) {
            self.complain(name, format!("{scripts} elements that no page of ours has"));
        }
    }

    async fn readable(&mut self, name: &str, view: View) {
        self.browser.ask(&self.axe).await;
        let answer = self.browser.driver.execute_async(AXE, Vec::new()).await;
        let found = answer.unwrap().json().clone();
        for it in found.as_array().into_iter().flatten() {
            let weighs = ["serious", "critical"].map(Value::from);
            if weighs.contains(&it["impact"]) {
                self.complain(name, format!("{}: {it:#}", view.name()));
            }
        }
    }

    async fn picture(&self, name: &str, view: View) {
        let page = self
            .browser
            .devtools("Page.getLayoutMetrics", json!({}))
            .await;
        let size = &page["cssContentSize"];
        let taken = self
            .browser
            .devtools(
                "Page.captureScreenshot",
                json!({
                    "format": "png", "captureBeyondViewport": true,
                    "clip": { "x": 0, "y": 0, "width": view.width, "height": size["height"], "scale": 1 },
                }),
            )
            .await;
        let bytes = STANDARD.decode(taken["data"].as_str().unwrap()).unwrap();
        let file = self.pictures.join(format!("{name}-{}.png", view.name()));
        std::fs::write(file, bytes).unwrap();
    }

    /// Goes over the page by keyboard. A part of a page that shows what happens now may be exchanged meanwhile, and with it what was
    /// to be reached: then it is gone over again.
    async fn by_keyboard(&mut self, name: &str) {
        let mut found = Vec::new();
        for _ in 0..ROUNDS {
            match self.one_round().await {
                Some(complaints) => {
                    found = complaints;
                    break;
                }
                None => found = vec![format!("it was another page in each of {ROUNDS} rounds")],
            }
        }
        for complaint in found {
            self.complain(name, complaint);
        }
    }

    /// What is wrong with the page for who goes by keyboard; none if it was not the same page from first to last.
    async fn one_round(&self) -> Option<Vec<String>> {
        let marked = self.browser.ask(MARK).await;
        let (all, tabs) = (
            marked["number"].as_u64().unwrap(),
            marked["tabs"].as_u64().unwrap(),
        );
        let mut complaints = Vec::new();
        let mut reached = BTreeSet::new();
        for _ in 0..tabs + 2 {
            let chain = self.browser.driver.action_chain().send_keys(Key::Tab);
            chain.perform().await.unwrap();
            let focus = self.browser.ask(FOCUS).await;
            let Some(number) = focus["reach"].as_str() else {
                continue;
            };
            if focus["seen"] != json!(true) {
                complaints.push(format!("one does not see the focus: {}", focus["what"]));
            }
            reached.insert(number.to_owned());
        }
        let left = self.browser.ask(MARKED).await;
        if left.as_u64() != Some(all) {
            return None;
        }
        if u64::try_from(reached.len()).unwrap() != all {
            let missed: Vec<String> = (0..all)
                .map(|number| number.to_string())
                .filter(|number| !reached.contains(number))
                .collect();
            complaints.push(format!("not reached by keyboard: {missed:?} of {all}"));
        }
        Some(complaints)
    }

    /// Fails if anything was wrong, or fewer pages were looked at than at least should be.
    #[allow(
        clippy::print_stdout,
        reason = "says how many, and where the pictures are"
    )]
    pub fn close(self, least: usize) {
        println!(
            "{} pages, each in {} views; pictures in {}",
            self.pages,
            View::ALL.len(),
            self.pictures.display()
        );
        assert!(self.pages >= least, "only {} pages", self.pages);
        assert!(self.wrong.is_empty(), "{}", self.wrong.join("\n\n"));
    }
}
