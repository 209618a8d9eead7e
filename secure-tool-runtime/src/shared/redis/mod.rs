//! The store on a Redis server (tested with 7.0), or on what speaks its protocol and runs Lua.

mod link;

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use redis::{Client, FromRedisValue, Script, ScriptInvocation, cmd};
use secrecy::{ExposeSecret, SecretString};

use self::link::Link;
use super::key::SecretKeys;
use super::{Answer, Keep, Key, Limit, OnOutage, Outage, Revoked, SharedState, Store};
use crate::rate_limit::{Exceeded, Rate};
use crate::server::StartError;

/// The longest that a call waits for Redis, unless [`Redis::wait`] says otherwise.
const WAIT: Duration = Duration::from_millis(50);

/// A Redis server that the instances share; becomes a [`SharedState`].
///
/// Time is the server's: the clocks of the instances do not matter. A limit costs one round trip for
/// all that a call counts against. While the server is down, calls do not wait for it: one task tries
/// to connect, at least every two seconds, and calls go on when it has.
///
/// Redis must not evict keys (`maxmemory-policy noeviction`, the default): one that is gone is a
/// limit that is forgotten. When it is full it answers with errors, which is an outage.
/// A server that starts anew without persistence has forgotten all limits: one burst more. Nonces and
/// revocations want one that persists (`appendonly yes`).
pub struct Redis {
    client: Client,
    keys: SecretKeys,
    prefix: String,
    wait: Duration,
    on_outage: OnOutage,
}

impl Redis {
    /// A server by its URL, such as `redis://user:password@host:6379/0`; `rediss://` is TLS, with the
    /// feature `redis-tls`. The secret, of 32 bytes at least, is the same at all instances; under
    /// another one, all limits start anew.
    ///
    /// # Errors
    /// If the URL cannot be read or the secret is too short.
    pub fn new(
        url: impl Into<SecretString>,
        secret: impl Into<SecretString>,
    ) -> Result<Self, StartError> {
        let client = Client::open(url.into().expose_secret()).map_err(|error| {
            // The URL has a password in it, and is not repeated.
            StartError::new(
                "the URL of the shared state is not valid",
                "write it as redis://user:password@host:6379/0; rediss:// needs the feature `redis-tls`",
            )
            .because(io::Error::other(format!("{:?}", error.kind())))
        })?;
        let keys = SecretKeys::new(&secret.into())?;
        let (prefix, on_outage) = ("secure-tool".to_owned(), OnOutage::default());
        Ok(Redis { client, keys, prefix, wait: WAIT, on_outage })
    }

    /// What the names of keys begin with; `secure-tool` by default. Servers that share a Redis and
    /// nothing else need one each.
    #[must_use]
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// The longest that is waited for an answer; 50 ms by default. A call asks once for its rate, and may ask about
    /// its token before.
    #[must_use]
    pub fn wait(mut self, longest: Duration) -> Self {
        self.wait = longest;
        self
    }

    /// What becomes of calls while Redis is down; refused by default.
    #[must_use]
    pub fn on_outage(mut self, choice: OnOutage) -> Self {
        self.on_outage = choice;
        self
    }
}

impl From<Redis> for SharedState {
    fn from(redis: Redis) -> Self {
        let Redis { client, keys, prefix, wait, on_outage } = redis;
        let gcra = Script::new(include_str!("gcra.lua"));
        let link = Arc::new(Link::new(client, gcra.clone(), wait));
        let store = Arc::new(RedisStore {
            link,
            gcra,
            give_back: Script::new(include_str!("give_back.lua")),
            revoke: Script::new(include_str!("revoke.lua")),
            revoked: Script::new(include_str!("revoked.lua")),
            keep: Script::new(include_str!("keep.lua")),
            take: Script::new(include_str!("take.lua")),
            prefix,
        });
        SharedState { store, keys, on_outage }
    }
}

/// Neither URL nor secret.
impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redis").field("prefix", &self.prefix).finish_non_exhaustive()
    }
}

#[derive(Debug)]
struct RedisStore {
    link: Arc<Link>,
    gcra: Script,
    keep: Script,
    take: Script,
    give_back: Script,
    revoke: Script,
    revoked: Script,
    prefix: String,
}

/// The most revocations at a time.
const REVOCATIONS: u32 = 10_000;

impl RedisStore {
    fn name(&self, key: Key) -> String {
        format!("{}:{}", self.prefix, key.hex())
    }

    fn on_list<'a>(&self, script: &'a Script) -> ScriptInvocation<'a> {
        let mut call = script.prepare_invoke();
        call.key(format!("{}:revoked", self.prefix))
            .key(format!("{}:revoked:version", self.prefix));
        call
    }

    async fn gcra(&self, limits: &[Limit], count: bool) -> Result<Result<(), Exceeded>, Outage> {
        let mut call = self.gcra.prepare_invoke();
        call.arg(u8::from(count));
        for Limit { key, rate } in limits {
            let (interval, window) = micros(*rate);
            call.key(self.name(*key)).arg(interval).arg(window);
        }
        match self.run(&call).await? {
            0 => Ok(Ok(())),
            wait => Ok(Err(Exceeded { retry_after: Duration::from_micros(wait) })),
        }
    }

    async fn run<T: FromRedisValue>(&self, call: &ScriptInvocation<'_>) -> Result<T, Outage> {
        self.link.ask(async |mut connection| call.invoke_async(&mut connection).await).await
    }

    async fn ask<T: FromRedisValue>(&self, command: &redis::Cmd) -> Result<T, Outage> {
        self.link.ask(async |mut connection| command.query_async(&mut connection).await).await
    }
}

/// Interval and window in microseconds, rounded up: a double, which is what Lua counts with, holds
/// today's date and 28 years more exactly.
fn micros(rate: Rate) -> (u64, u64) {
    let interval = u64::from(rate.seconds()) * 1_000_000;
    let interval = interval.div_ceil(rate.count().into());
    (interval, interval * u64::from(rate.burst()))
}

impl Store for RedisStore {
    fn admit<'a>(&'a self, limits: &'a [Limit]) -> Answer<'a, Result<(), Exceeded>> {
        Box::pin(self.gcra(limits, true))
    }

    fn would_admit<'a>(&'a self, limits: &'a [Limit]) -> Answer<'a, Result<(), Exceeded>> {
        Box::pin(self.gcra(limits, false))
    }

    fn mark(&self, key: Key, keep: Duration) -> Answer<'_, bool> {
        let mut set = cmd("SET");
        set.arg(self.name(key)).arg(1).arg("NX").arg("PX").arg(millis(keep));
        Box::pin(async move {
            // `OK` if it was set, nothing if it was there.
            let set: Option<String> = self.ask(&set).await?;
            Ok(set.is_some())
        })
    }

    fn give_back<'a>(&'a self, limits: &'a [Limit]) -> Answer<'a, ()> {
        Box::pin(async move {
            let mut call = self.give_back.prepare_invoke();
            for Limit { key, rate } in limits {
                call.key(self.name(*key)).arg(micros(*rate).0);
            }
            self.run(&call).await
        })
    }

    fn revoke(&self, key: Key, keep: Duration) -> Answer<'_, ()> {
        Box::pin(async move {
            let mut call = self.on_list(&self.revoke);
            call.arg(key.hex()).arg(millis(keep)).arg(REVOCATIONS);
            self.run(&call).await
        })
    }

    fn revoked(&self, unless: u64) -> Answer<'_, Option<Revoked>> {
        Box::pin(async move {
            let mut call = self.on_list(&self.revoked);
            call.arg(unless);
            let list: Vec<String> = self.run(&call).await?;
            match &*list {
                [] => Ok(None),
                list => read(list).map(Some).ok_or_else(|| {
                    // To go on without what cannot be read would let somebody in.
                    Outage::new("the list of revocations is not one of ours")
                }),
            }
        })
    }

    fn keep(&self, keep: Keep) -> Answer<'_, bool> {
        Box::pin(async move {
            let Keep { owner, key, value, lifetime, most } = keep;
            let mut call = self.keep.prepare_invoke();
            call.key(self.name(owner)).key(self.name(key));
            call.arg(value).arg(millis(lifetime)).arg(most);
            self.run(&call).await
        })
    }

    fn kept(&self, key: Key) -> Answer<'_, Option<Vec<u8>>> {
        let mut get = cmd("GET");
        get.arg(self.name(key));
        Box::pin(async move { self.ask(&get).await })
    }

    fn replace(&self, key: Key, value: Vec<u8>) -> Answer<'_, bool> {
        let mut set = cmd("SET");
        set.arg(self.name(key)).arg(value).arg("XX").arg("KEEPTTL");
        Box::pin(async move {
            let set: Option<String> = self.ask(&set).await?;
            Ok(set.is_some())
        })
    }

    fn take(&self, owner: Key, key: Key) -> Answer<'_, Option<Vec<u8>>> {
        Box::pin(async move {
            let mut call = self.take.prepare_invoke();
            call.key(self.name(owner)).key(self.name(key));
            self.run(&call).await
        })
    }
}

fn read(list: &[String]) -> Option<Revoked> {
    let (version, pairs) = list.split_first()?;
    let (pairs, []) = pairs.as_chunks() else { return None };
    let pair = |[key, left]: &[String; 2]| {
        Some((Key::from_hex(key)?, Duration::from_millis(left.parse().ok()?)))
    };
    Some(Revoked {
        version: version.parse().ok()?,
        keys: pairs.iter().map(pair).collect::<Option<_>>()?,
    })
}

/// At least one: Redis refuses to keep something for no time.
fn millis(keep: Duration) -> u64 {
    u64::try_from(keep.as_millis()).unwrap_or(u64::MAX).clamp(1, LONGEST)
}

/// The longest that something is kept, in milliseconds: a hundred years.
const LONGEST: u64 = 100 * 366 * 86_400_000;
