//! Somebody with a browser, as far as requests and cookies go.

use reqwest::header::{ACCEPT, COOKIE, LOCATION, SET_COOKIE};
use reqwest::{RequestBuilder, Response};

use crate::shop::{PASSWORD, Shop};

/// A person's browser.
#[derive(Debug, Clone, Default)]
pub struct Visit {
    /// The cookie, as it is sent.
    pub cookie: Option<String>,
}

/// A page that came.
#[derive(Debug)]
pub struct Page {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub text: String,
}

impl Page {
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// Where it sends on to.
    pub fn to(&self) -> &str {
        assert_eq!(self.status, 303, "{}", self.text);
        self.header(LOCATION.as_str())
    }

    /// The token of its forms.
    pub fn token(&self) -> String {
        let (_, after) = self.text.split_once("name=\"csrf\" value=\"").unwrap();
        after.split('"').next().unwrap().to_owned()
    }

    #[track_caller]
    pub fn has(&self, text: &str) -> &Self {
        assert!(self.text.contains(text), "no `{text}` in:\n{}", self.text);
        self
    }

    #[track_caller]
    pub fn lacks(&self, text: &str) -> &Self {
        assert!(!self.text.contains(text), "`{text}` in:\n{}", self.text);
        self
    }
}

impl Visit {
    pub fn with(&self, request: RequestBuilder) -> RequestBuilder {
        let request = request.header(ACCEPT, "text/html,application/xhtml+xml");
        match &self.cookie {
            Some(cookie) => request.header(COOKIE, cookie),
            None => request,
        }
    }

    async fn read(&mut self, response: Response) -> Page {
        let headers = response.headers().clone();
        for value in headers.get_all(SET_COOKIE) {
            let text = value.to_str().unwrap();
            let pair = text.split(';').next().unwrap().to_owned();
            self.cookie = (!text.contains("Max-Age=0")).then_some(pair);
        }
        Page {
            status: response.status().as_u16(),
            headers,
            text: response.text().await.unwrap(),
        }
    }

    pub async fn get(&mut self, shop: &Shop, path: &str) -> Page {
        let request = self.with(shop.client.get(shop.url(path)));
        let response = request.send().await.unwrap();
        self.read(response).await
    }

    /// Sends a form with these fields and no others.
    pub async fn send(&mut self, shop: &Shop, path: &str, fields: &[(&str, &str)]) -> Page {
        let request = self.with(shop.client.post(shop.url(path)));
        self.send_as(request, fields).await
    }

    pub async fn send_as(&mut self, request: RequestBuilder, fields: &[(&str, &str)]) -> Page {
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(fields);
        let request = request
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body.finish());
        let response = request.send().await.unwrap();
        self.read(response).await
    }

    /// Looks at the page with the form, and sends it filled in.
    pub async fn fill(
        &mut self,
        shop: &Shop,
        (form, to): (&str, &str),
        fields: &[(&str, &str)],
    ) -> Page {
        let token = self.get(shop, form).await.token();
        let mut all = vec![("csrf", token.as_str())];
        all.extend(fields);
        self.send(shop, to, &all).await
    }

    /// Signs in with a password.
    pub async fn sign_in(&mut self, shop: &Shop, account: &str, password: &str) -> Page {
        let fields = [("account", account), ("password", password)];
        self.fill(shop, ("/sign-in", "/sign-in"), &fields).await
    }

    /// Somebody who is signed in.
    pub async fn of(shop: &Shop, account: &str) -> Self {
        let mut visit = Self::default();
        let page = visit.sign_in(shop, account, PASSWORD).await;
        assert_eq!(page.to(), "/dashboard");
        visit
    }
}
