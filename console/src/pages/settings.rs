//! Everything that is set, on one page.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;

use super::answer::Other;
use super::frame::{Frame, Section, page};
use super::visitor::Visitor;
use crate::app::App;
use crate::people::Right;

/// A page of the settings.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// Where it is.
    pub path: &'static str,
    /// What it is called.
    pub label: &'static str,
    /// Its icon.
    pub icon: &'static str,
    /// What it is for.
    pub text: &'static str,
}

const fn setting(
    path: &'static str,
    label: &'static str,
    icon: &'static str,
    text: &'static str,
) -> Setting {
    Setting {
        path,
        label,
        icon,
        text,
    }
}

/// All of them.
const ALL: [Setting; 12] = [
    setting(
        "/settings/account",
        "You",
        "person",
        "Your password, your passkeys, and where you are signed in.",
    ),
    setting(
        "/settings/people",
        "People",
        "people",
        "Who may look, run skills and approve, and who changed that.",
    ),
    setting(
        "/settings/ceilings",
        "Asking again",
        "payments",
        "From which amount on an approval asks again who you are.",
    ),
    setting(
        "/settings/agents",
        "Agents",
        "agent",
        "What the agents that work for you can reach. They propose; they never approve.",
    ),
    setting(
        "/settings/marketplaces",
        "Marketplaces",
        "skills",
        "Where skills come from, and whom you trust for them.",
    ),
    setting(
        "/settings/programs",
        "Programs",
        "shield",
        "Tokens of programs that decide in your name. You make them after signing in again.",
    ),
    setting(
        "/settings/webhooks",
        "Webhooks",
        "network",
        "Your own programs, told when a run waits and when one has ended.",
    ),
    setting(
        "/settings/secrets",
        "Secrets",
        "key",
        "Passwords of services. Skills use them without seeing them.",
    ),
    setting(
        "/settings/channels",
        "Channels",
        "upload",
        "Where messages of skills go.",
    ),
    setting(
        "/settings/chat",
        "Chat",
        "messages",
        "Be told of approvals in Telegram or WhatsApp, and decide small ones there.",
    ),
    setting(
        "/settings/audit",
        "Audit",
        "log",
        "Every decision, payment and change, in a chain that shows what was altered.",
    ),
    setting(
        "/settings/data",
        "Data",
        "state",
        "What is kept and for how long. Export everything, delete everything.",
    ),
];

#[derive(Template)]
#[template(path = "settings.html")]
struct Settings {
    frame: Frame,
    settings: [Setting; 12],
}

/// Its routes.
pub fn routes() -> Router<App> {
    Router::new().route("/settings", get(all))
}

async fn all(State(app): State<App>, visitor: Visitor) -> Result<Response, Other> {
    visitor.person(Right::View, "/settings")?;
    page(&Settings {
        frame: Frame::new(&app, &visitor, "Settings", Section::Settings),
        settings: ALL,
    })
}
