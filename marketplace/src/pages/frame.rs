//! What stands around every page, and how a page becomes an answer.

use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use guildhall_package::market::account::Role;
use guildhall_web::contact::Contact;

use super::assets::{ICON, STYLE};
use super::visitor::Visitor;
use crate::app::App;
use crate::error::ApiError;

/// Head and foot of a page.
#[derive(Debug)]
pub struct Frame {
    /// Title, without the marketplace's name.
    pub title: String,
    /// Whether it was looked up who is signed in.
    pub known: bool,
    /// Who is signed in.
    pub account: Option<String>,
    /// Whether that person reviews.
    pub reviewer: bool,
    /// Token of the forms; empty if the page has none.
    pub csrf: String,
    /// What was searched for, for the box at the top.
    pub q: String,
    /// Address of the marketplace.
    pub url: String,
    /// Who runs it.
    pub operator: Option<String>,
    /// How to reach who runs it: text and link.
    pub contact: Option<Contact>,
    /// Path of the stylesheet.
    pub style: &'static str,
    /// Path of the icon.
    pub icon: &'static str,
}

impl Frame {
    /// The frame of a page for a visitor.
    #[must_use]
    pub fn new(app: &App, visitor: &Visitor, title: impl Into<String>) -> Self {
        let session = visitor.session();
        Self {
            title: title.into(),
            known: true,
            account: session.map(|session| session.account.to_string()),
            reviewer: session.is_some_and(|session| session.roles.contains(&Role::Reviewer)),
            csrf: visitor.token().unwrap_or_default(),
            q: String::new(),
            url: app.public.url().to_owned(),
            operator: app.config.operator.clone(),
            contact: app.config.contact.as_deref().map(Contact::of),
            style: STYLE.path(),
            icon: ICON.path(),
        }
    }
}

/// A page as an answer. What it shows may be of this visitor alone: nobody else is given it.
///
/// # Errors
/// [`ApiError::Fault`], if the template can't be filled.
pub fn page(
    app: &App,
    visitor: &Visitor,
    status: StatusCode,
    template: &impl Template,
) -> Result<Response, ApiError> {
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
    if let Some(cookie) = visitor.new_cookie(app) {
        headers.append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}
