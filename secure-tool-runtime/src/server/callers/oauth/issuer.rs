//! The way of knowing callers by the access tokens of one issuer.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use super::claims::{self, Grant};
use super::config::Config;
use super::fetch;
use super::introspection::Introspection;
use super::jws::{Choice, Unverified, is_of_another, looks_like_one};
use super::keys::{Fetched, Keys};
use super::refusal::{Failed, Invalid};
use super::resource::Resource;
use super::verdicts::{Name, Verdicts};
use crate::server::StartError;
use crate::server::callers::{
    Authenticate, Judgement, Presented, Refused, Verdict, is_of_this_server,
};

/// The longest token, in bytes: what fits into the headers that proxies let through.
const TOKEN_CEILING: usize = 8 << 10;

/// How long an introspected token is taken for valid without asking again: it may be revoked.
const INTROSPECTED_FOR: Duration = Duration::from_secs(60);

/// Access tokens of one issuer for this server.
pub(super) struct Issuer {
    config: Arc<Config>,
    keys: Arc<Keys>,
    introspection: Option<Introspection>,
    verdicts: Verdicts,
}

impl Issuer {
    /// Must be called within a Tokio runtime.
    pub(super) fn open(config: Config) -> Result<Self, StartError> {
        // Of the backends that others in this process may have compiled in: the one that we rely on.
        let _ = jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER.install_default();
        let config = Arc::new(config);
        let client = fetch::Issuer::new(&config)?;
        Ok(Issuer {
            keys: Keys::start(Arc::clone(&config), client),
            introspection: config.client.as_ref().map(|_| Introspection::new(Arc::clone(&config))),
            verdicts: Verdicts::new(config.verdicts, config.verdict_ttl),
            config,
        })
    }

    /// True for every token that the issuer could have made. A key of ours is never shown to it.
    fn takes(&self, token: &str) -> bool {
        !is_of_this_server(token) && (looks_like_one(token) || self.introspection.is_some())
    }

    async fn examine(&self, token: &str, name: Name) -> Verdict {
        let examined = match &self.introspection {
            Some(introspection) if !looks_like_one(token) => {
                let _place = introspection.place().await;
                // Whoever was there before us may have asked about the same one.
                if let Some(verdict) = self.verdicts.recall(&name, self.keys.digest()) {
                    return verdict;
                }
                self.introspected(introspection, token, name).await
            }
            _ => self.signed(token, name).await,
        };
        match examined {
            Ok(grant) => Verdict::Known(grant.caller),
            Err(Failed::Invalid(invalid)) => {
                self.verdicts.refuse(name, invalid, self.keys.digest());
                Verdict::Refused(Refused::Because(invalid.0))
            }
            Err(Failed::NotNow(Invalid(reason))) => Verdict::Refused(Refused::Because(reason)),
            Err(Failed::Unavailable(after)) => Verdict::Unavailable(after),
        }
    }

    async fn introspected(
        &self,
        introspection: &Introspection,
        token: &str,
        name: Name,
    ) -> Result<Grant, Failed> {
        let grant = introspection.ask(&self.keys, token).await?;
        let ends = [ends(&grant), Instant::now() + INTROSPECTED_FOR];
        self.verdicts.keep(name, &grant.caller, ends, None);
        Ok(grant)
    }

    async fn signed(&self, token: &str, name: Name) -> Result<Grant, Failed> {
        let token = Unverified::parse(token, self.config.types)?;
        let mut fetched = self.keys.current().await?;
        if let Choice::Unknown = token.key(&fetched.keys) {
            fetched = self.keys.newer(&fetched).await?;
        }
        let claims = match token.key(&fetched.keys) {
            Choice::Key(key) => token.verify(key)?,
            Choice::Unknown => return Err(Failed::NotNow(Invalid("kid"))),
            // Other keys may come under that name.
            Choice::Unfit => return Err(Failed::NotNow(Invalid("alg"))),
        };
        let grant = claims::of_jwt(&claims, &self.config, SystemTime::now())?;
        self.keep(name, &grant, &fetched);
        Ok(grant)
    }

    fn keep(&self, name: Name, grant: &Grant, fetched: &Fetched) {
        let ends = [ends(grant), self.keys.last_until(fetched)];
        self.verdicts.keep(name, &grant.caller, ends, Some(fetched.keys.digest));
    }
}

/// When the token ends, on the clock that nobody sets.
fn ends(grant: &Grant) -> Instant {
    Instant::now() + grant.until.duration_since(SystemTime::now()).unwrap_or_default()
}

impl Authenticate for Issuer {
    fn judge<'a>(&'a self, presented: &Presented<'a>) -> Judgement<'a> {
        let Some(token) = presented.token().filter(|token| self.takes(token)) else {
            return Verdict::NotMine.into();
        };
        if token.len() > TOKEN_CEILING {
            return Verdict::Refused(Refused::Because("size")).into();
        }
        let name = Verdicts::name(token);
        match self.verdicts.recall(&name, self.keys.digest()) {
            Some(verdict) => verdict.into(),
            // Of several issuers each takes its own.
            None if is_of_another(token, &self.config.issuer) => Verdict::NotMine.into(),
            None => Judgement::Later(Box::pin(self.examine(token, name))),
        }
    }

    fn resource(&self) -> Option<Resource<'_>> {
        Some(Resource {
            issuer: &self.config.issuer,
            audience: &self.config.audience,
            address: &self.config.audience_url,
            initial_scopes: self.config.initial_scopes.as_deref(),
            subject_prefix: &self.config.subject_prefix,
            lists_beyond_scopes: self.config.lists_beyond_scopes,
        })
    }
}

impl fmt::Debug for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OAuth").field(&self.config.issuer).finish()
    }
}
