//! An issuer that does what the test wants, and counts what it is asked.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::{Form, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::mint::KEYS;

#[derive(Clone)]
pub struct Issuer {
    pub url: String,
    state: Arc<Inner>,
}

struct Inner {
    does: Mutex<Does>,
    pub metadata: AtomicU32,
    pub jwks: AtomicU32,
    pub introspected: Mutex<Vec<(String, Option<String>)>>,
}

#[derive(Clone)]
struct Does {
    metadata: Value,
    /// As text: also what is no JSON.
    keys: String,
    tokens: BTreeMap<String, Value>,
    status: StatusCode,
    delay: Duration,
}

impl Issuer {
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let does = Does {
            metadata: json!({
                "issuer": url,
                "jwks_uri": format!("{url}/jwks"),
                "introspection_endpoint": format!("{url}/introspect"),
            }),
            keys: json!({ "keys": KEYS.jwks("") }).to_string(),
            tokens: BTreeMap::new(),
            status: StatusCode::OK,
            delay: Duration::ZERO,
        };
        let state = Arc::new(Inner {
            does: Mutex::new(does),
            metadata: AtomicU32::default(),
            jwks: AtomicU32::default(),
            introspected: Mutex::default(),
        });
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(metadata))
            .route("/jwks", get(jwks))
            .route("/introspect", post(introspect))
            .with_state(Arc::clone(&state));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Issuer { url, state }
    }

    pub fn says(&self, name: &str, value: impl Into<Value>) {
        let metadata = &mut self.state.does.lock().unwrap().metadata;
        *metadata = crate::mint::with(metadata.take(), name, value);
    }

    pub fn has_keys(&self, keys: &[Value]) {
        self.publishes(json!({ "keys": keys }));
    }

    pub fn publishes(&self, document: impl ToString) {
        self.state.does.lock().unwrap().keys = document.to_string();
    }

    pub fn knows(&self, token: &str, answer: Value) {
        self.state.does.lock().unwrap().tokens.insert(token.to_owned(), answer);
    }

    pub fn answers(&self, status: u16) {
        self.state.does.lock().unwrap().status = StatusCode::from_u16(status).unwrap();
    }

    pub fn takes_its_time(&self, delay: Duration) {
        self.state.does.lock().unwrap().delay = delay;
    }

    /// How often the keys were asked for.
    pub fn fetches(&self) -> u32 {
        self.state.jwks.load(Ordering::SeqCst)
    }

    /// Tokens that it was shown, and with which credentials.
    pub fn introspected(&self) -> Vec<(String, Option<String>)> {
        self.state.introspected.lock().unwrap().clone()
    }
}

impl Inner {
    async fn does(&self) -> Does {
        let does = self.does.lock().unwrap().clone();
        tokio::time::sleep(does.delay).await;
        does
    }
}

async fn metadata(State(state): State<Arc<Inner>>) -> Response {
    state.metadata.fetch_add(1, Ordering::SeqCst);
    let does = state.does().await;
    (does.status, Json(does.metadata)).into_response()
}

async fn jwks(State(state): State<Arc<Inner>>) -> Response {
    state.jwks.fetch_add(1, Ordering::SeqCst);
    let does = state.does().await;
    (does.status, does.keys).into_response()
}

async fn introspect(
    State(state): State<Arc<Inner>>,
    headers: HeaderMap,
    Form(form): Form<BTreeMap<String, String>>,
) -> Response {
    let token = form["token"].clone();
    let credentials = headers.get("authorization").map(|value| value.to_str().unwrap().to_owned());
    state.introspected.lock().unwrap().push((token.clone(), credentials));
    let does = state.does().await;
    let answer = does.tokens.get(&token).cloned().unwrap_or(json!({ "active": false }));
    (does.status, Json(answer)).into_response()
}
