//! As much of a browser as it takes to log in.

use std::collections::BTreeMap;
use std::time::Duration;

use reqwest::Client;
use reqwest::header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use url::Url;

fn client() -> Client {
    Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .timeout(Duration::from_secs(30))
        .build()
        .unwrap()
}

pub async fn get(url: &str) -> String {
    client().get(url).send().await.unwrap().text().await.unwrap()
}

/// Posts a form, or what else it is.
pub async fn post(url: &str, body: String) -> (u16, String) {
    let kind = "application/x-www-form-urlencoded";
    let sent = client().post(url).header(CONTENT_TYPE, kind).body(body).send().await.unwrap();
    (sent.status().as_u16(), sent.text().await.unwrap())
}

/// Follows redirects and keeps cookies, until it is sent back to the client: returns that address.
pub async fn browse(start: &str, back: &str) -> String {
    let mut cookies = BTreeMap::new();
    let mut url = Url::parse(start).unwrap();
    for _ in 0..20 {
        let jar: Vec<String> =
            cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let answer = client().get(url.clone()).header(COOKIE, jar.join("; ")).send().await.unwrap();
        for cookie in answer.headers().get_all(SET_COOKIE) {
            let cookie = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = cookie.split_once('=').unwrap();
            cookies.insert(name.to_owned(), value.to_owned());
        }
        let location = answer.headers().get(LOCATION).cloned();
        let Some(location) = location else {
            panic!("no way on from {url}: {} {}", answer.status(), answer.text().await.unwrap());
        };
        url = url.join(location.to_str().unwrap()).unwrap();
        if url.as_str().starts_with(back) {
            return url.into();
        }
    }
    panic!("sent in circles");
}
