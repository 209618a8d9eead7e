//! Authentication as an expert adds it to rmcp: a layer that checks a JWT, each time or by a cache of what
//! it found.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::AUTHORIZATION;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::by_hand::Principal;
use crate::issuer::AUDIENCE;

/// How long a verdict is good.
const GOOD_FOR: Duration = Duration::from_secs(60);

/// The most verdicts that are kept.
const VERDICTS: usize = 10_000;

pub(crate) struct Verifier {
    key: DecodingKey,
    validation: Validation,
    verdicts: Option<Verdicts>,
}

type Verdicts = Mutex<HashMap<[u8; 32], (Instant, Arc<Principal>)>>;

#[derive(Deserialize)]
struct Claims {
    sub: String,
    scope: String,
}

impl Verifier {
    pub(crate) fn new(issuer: &str, modulus: &str, cache: bool) -> Self {
        let mut validation = Validation::new(Algorithm::RS256);
        validation.set_audience(&[AUDIENCE]);
        validation.set_issuer(&[issuer]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.validate_nbf = true;
        let key = DecodingKey::from_rsa_components(modulus, "AQAB").expect("the key is one");
        Verifier { key, validation, verdicts: cache.then(Mutex::default) }
    }

    fn principal(&self, token: &str) -> Option<Arc<Principal>> {
        let Some(verdicts) = &self.verdicts else { return self.verify(token) };
        let digest = Sha256::digest(token).into();
        let known = verdicts.lock().expect("nobody panics with it").get(&digest).cloned();
        if let Some((until, principal)) = known
            && until > Instant::now()
        {
            return Some(principal);
        }
        let principal = self.verify(token)?;
        let mut verdicts = verdicts.lock().expect("nobody panics with it");
        if verdicts.len() >= VERDICTS {
            verdicts.clear();
        }
        verdicts.insert(digest, (Instant::now() + GOOD_FOR, Arc::clone(&principal)));
        Some(principal)
    }

    fn verify(&self, token: &str) -> Option<Arc<Principal>> {
        let token = jsonwebtoken::decode::<Claims>(token, &self.key, &self.validation).ok()?;
        let Claims { sub, scope } = token.claims;
        let scopes = scope.split(' ').map(str::to_owned).collect();
        Some(Arc::new(Principal { subject: sub.into(), scopes }))
    }
}

/// Lets those through who are known, and says who they are.
pub(crate) async fn authenticate(
    State(verifier): State<Arc<Verifier>>,
    mut request: Request,
    next: Next,
) -> Response {
    let header = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = header.and_then(|value| value.strip_prefix("Bearer "));
    let Some(principal) = token.and_then(|token| verifier.principal(token)) else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    request.extensions_mut().insert(principal);
    next.run(request).await
}
