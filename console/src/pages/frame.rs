//! What stands around every page, and how a page becomes an answer.

use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use guildhall_web::error::ApiError;

use super::answer::Other;
use super::assets;
use super::visitor::Visitor;
use crate::app::App;
use crate::people::{Right, Role};

/// Life of the cookie of somebody who is not signed in, in seconds.
const FORM_SECONDS: i64 = 60 * 60;

/// Which part of the console a page belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// What waits for a decision.
    Approvals,
    /// What is installed.
    Skills,
    /// What happened.
    Runs,
    /// Accounts, holds and mandates.
    Money,
    /// Everything that is set: people, agents, secrets, channels, audit, data.
    Settings,
    /// None of them: signing in, problems.
    None,
}

/// One of the places in the bar.
#[derive(Debug)]
pub struct Place {
    /// Where it leads.
    pub path: &'static str,
    /// What it is called.
    pub label: &'static str,
    /// Its icon.
    pub icon: &'static str,
    /// Whether this page is there.
    pub here: bool,
}

/// Head and foot of a page.
#[derive(Debug)]
pub struct Frame {
    /// Title, without the console's name.
    pub title: String,
    /// Which part it belongs to.
    pub section: Section,
    /// Name of who is signed in.
    pub person: Option<String>,
    /// Their role.
    pub role: Option<Role>,
    /// Token of the forms; empty if the page has none.
    pub csrf: String,
    /// Address of the console.
    pub url: String,
    /// Path of the stylesheet.
    pub style: &'static str,
    /// Path of the icon.
    pub icon: &'static str,
    /// The number of what the page shows: the script says it when it begins to listen.
    pub version: u64,
    /// Path of the script that asks again.
    pub live: &'static str,
    /// Path of the script that shows passkeys, for pages that ask for one.
    pub passkey: &'static str,
}

impl Frame {
    /// The frame of a page for a visitor.
    #[must_use]
    pub fn new(app: &App, visitor: &Visitor, title: impl Into<String>, section: Section) -> Self {
        let person = visitor.session().map(|session| session.person());
        Self {
            title: title.into(),
            section,
            person: person.map(|person| person.name().to_owned()),
            role: person.map(|person| person.role()),
            csrf: visitor.token().unwrap_or_default(),
            url: app.public.url().to_owned(),
            version: visitor.version(),
            style: assets::style(),
            icon: assets::icon(),
            live: assets::live(),
            passkey: assets::passkey(),
        }
    }

    /// The places in the bar.
    #[must_use]
    pub fn places(&self) -> [Place; 5] {
        let place = |section, path, label, icon| Place {
            path,
            label,
            icon,
            here: self.section == section,
        };
        [
            place(Section::Approvals, "/approvals", "Approvals", "inbox"),
            place(Section::Skills, "/skills", "Skills", "skills"),
            place(Section::Runs, "/runs", "Runs", "runs"),
            place(Section::Money, "/money", "Money", "payments"),
            place(Section::Settings, "/settings", "Settings", "settings"),
        ]
    }

    fn may(&self, right: Right) -> bool {
        self.role.is_some_and(|role| role.may(right))
    }

    /// Whether who looks runs and installs skills.
    #[must_use]
    pub fn operates(&self) -> bool {
        self.may(Right::Operate)
    }

    /// Whether who looks decides about effects.
    #[must_use]
    pub fn approves(&self) -> bool {
        self.may(Right::Approve)
    }

    /// Whether who looks owns the console.
    #[must_use]
    pub fn owns(&self) -> bool {
        self.may(Right::Own)
    }
}

/// A page as an answer. What it shows may be of this visitor alone: nobody else is given it.
///
/// # Errors
/// [`ApiError::Fault`], if the template can't be filled.
pub fn page(template: &impl Template) -> Result<Response, Other> {
    with_status(StatusCode::OK, template)
}

/// The same, with another status than 200.
///
/// # Errors
/// [`ApiError::Fault`], if the template can't be filled.
pub fn with_status(status: StatusCode, template: &impl Template) -> Result<Response, Other> {
    let text = template
        .render()
        .map_err(|error| ApiError::Fault(format!("a page: {error}")))?;
    let mut response = (status, text).into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/html; charset=utf-8"),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::VARY, HeaderValue::from_static("cookie"));
    Ok(response)
}

/// A page with a form for somebody who is not signed in: with the cookie that its token belongs to.
///
/// # Errors
/// [`ApiError::Fault`], if the template can't be filled.
pub fn for_stranger(
    app: &App,
    visitor: &Visitor,
    status: StatusCode,
    template: &impl Template,
) -> Result<Response, Other> {
    let mut response = with_status(status, template)?;
    if let Some(secret) = visitor.new_cookie() {
        let cookie = app.cookie.set(secret, FORM_SECONDS);
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}
