//! Names for what a server keeps between the calls of one caller: baskets, cursors, uploads.
//!
//! The protocol has no sessions, so a client brings along the name of what it left here. Such names are not
//! capabilities: a [`Handle`] has 256 random bits, belongs to the caller for whom it was made and to one
//! kind of thing, ends after a while, and everybody has only so many. Somebody else's, one that has ended,
//! one for another kind of thing and one that never was get the same answer.
//!
//! ```
//! use secure_tool_runtime::handles::{Handle, HandleError, Handles};
//! use secure_tool_runtime::prelude::*;
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Serialize, Deserialize)]
//! struct Basket { articles: Vec<u32> }
//!
//! struct Shop { baskets: Handles<Basket> }
//!
//! #[secure_tools]
//! impl Shop {
//!     /// Begin an order.
//!     #[secure_tool(scope = "shop:order", effect = write)]
//!     async fn begin(&self, caller: &Caller) -> Result<Handle<Basket>, HandleError> {
//!         self.baskets.mint(caller, &Basket { articles: Vec::new() }).await
//!     }
//!
//!     /// Put an article into a basket.
//!     #[secure_tool(scope = "shop:order", effect = write)]
//!     async fn put(
//!         &self,
//!         caller: &Caller,
//!         /// Which basket, as `begin` named it.
//!         basket: Handle<Basket>,
//!         /// The number of the article.
//!         #[validate(range(min = 1, max = 999_999))]
//!         article: u32,
//!     ) -> Result<(), HandleError> {
//!         let mut content = self.baskets.get(caller, &basket).await?;
//!         content.articles.push(article);
//!         self.baskets.replace(caller, &basket, &content).await
//!     }
//!
//!     /// Order what is in a basket.
//!     #[secure_tool(scope = "shop:order", effect = write)]
//!     async fn order(
//!         &self,
//!         caller: &Caller,
//!         /// Which basket.
//!         basket: Handle<Basket>,
//!     ) -> Result<u32, HandleError> {
//!         // Of two orders at once, one gets the basket.
//!         let content = self.baskets.take(caller, &basket).await?;
//!         Ok(content.articles.len().try_into().unwrap_or(u32::MAX))
//!     }
//! }
//!
//! let shop = Shop { baskets: Handles::in_memory() };
//! ```
//!
//! What is kept is JSON: bounded in size, and the same in memory and in a store that several instances share
//! (`Handles::shared`, feature `redis`).
//!
//! Limits: two calls that get and replace at the same time overwrite each other, as in any store without
//! transactions; `take` is for what must happen once. In a shared store values lie in clear, under names that
//! tell nobody whose they are: keep no secrets in them.
//!
//! Source: MCP security best practices, “State handles”; checklist, “Session Management”.

mod error;
mod keeper;
#[cfg(test)]
mod tests;

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use schemars::{Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio::time::Instant;

pub use self::error::HandleError;
pub(crate) use self::keeper::Keeper;
use crate::caller::Caller;
use crate::input::{At, DeclaresNothing, Input, Rules, Violations};
use crate::kind::Kind;
use crate::output::Output;
#[cfg(feature = "redis")]
use crate::shared::{Keep, SharedState};

/// 256 bits, as base64url without padding.
const LENGTH: usize = 43;

/// The time after which a handle ends, unless something else is said.
const LIFETIME: Duration = Duration::from_secs(3600);

/// Handles that one caller may have at a time, unless something else is said.
const PER_CALLER: usize = 100;

/// Handles that memory has room for, unless something else is said.
const CAPACITY: usize = 10_000;

/// The largest value, in bytes of JSON, unless something else is said.
const MAX_VALUE: usize = 16 << 10;

/// The name of a `T` that a server keeps for a caller: tool input and output.
///
/// It says nothing by itself; [`Handles`] find what it names, for the caller who has it.
pub struct Handle<T> {
    token: [u8; 32],
    of: PhantomData<fn() -> T>,
}

impl<T> Handle<T> {
    fn new(token: [u8; 32]) -> Self {
        Handle { token, of: PhantomData }
    }
}

impl<T> Clone for Handle<T> {
    fn clone(&self) -> Self {
        Handle::new(self.token)
    }
}

/// Shows nothing: handles are no secrets, but nobody needs them in a log.
impl<T> fmt::Debug for Handle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Handle(…)")
    }
}

impl<T: 'static, D: DeclaresNothing> Input<D> for Handle<T> {
    const KIND: Kind = Kind::Other;

    fn schema(_: &mut SchemaGenerator, _: &Rules) -> Schema {
        json_schema!({
            "type": "string",
            "minLength": LENGTH,
            "maxLength": LENGTH,
            "pattern": "^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$",
            "description": "A handle, exactly as a tool of this server returned it.",
        })
    }

    fn decode(value: Value, _: &Rules, at: &At<'_>, violations: &mut Violations) -> Option<Self> {
        let token = value.as_str().filter(|text| text.len() == LENGTH).and_then(|text| {
            let mut token = [0; 32];
            URL_SAFE_NO_PAD.decode_slice(text, &mut token).ok().map(|_| token)
        });
        if token.is_none() {
            violations.add(at, "handle", "must be a handle, exactly as a tool returned it");
        }
        token.map(Handle::new)
    }
}

impl<T: 'static> Output for Handle<T> {
    const KIND: Kind = Kind::Other;

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        <String as Output>::schema(generator)
    }

    fn disclose(self) -> Value {
        URL_SAFE_NO_PAD.encode(self.token).into()
    }
}

/// Mints handles for `T`s, keeps what they name, and finds it again. Cheap to clone.
pub struct Handles<T> {
    place: Place,
    lifetime: Duration,
    per_caller: usize,
    max_value: usize,
    of: PhantomData<fn() -> T>,
}

#[derive(Clone)]
enum Place {
    Memory(Arc<Keeper<[u8; 32]>>),
    #[cfg(feature = "redis")]
    Shared {
        state: SharedState,
        /// Tells kinds of things apart.
        name: Arc<str>,
    },
}

impl<T> Handles<T> {
    /// Kept in the memory of this process: for 10 000 handles, unless [`Handles::capacity`] says otherwise.
    #[must_use]
    pub fn in_memory() -> Self {
        Self::at(Place::Memory(Arc::new(Keeper::new(CAPACITY))))
    }

    /// Kept where all instances find it. The name and the type tell these things from other kinds; they are
    /// the same at all instances. So a release that gives the type another name or place in the code finds
    /// nothing of what was kept before.
    #[cfg(feature = "redis")]
    #[must_use]
    pub fn shared(state: impl Into<SharedState>, name: &str) -> Self {
        Self::at(Place::Shared { state: state.into(), name: name.into() })
    }

    fn at(place: Place) -> Self {
        Handles {
            place,
            lifetime: LIFETIME,
            per_caller: PER_CALLER,
            max_value: MAX_VALUE,
            of: PhantomData,
        }
    }

    /// How long a handle is good, from when it is made; an hour by default.
    #[must_use]
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime;
        self
    }

    /// How many handles a caller may have at a time; 100 by default. Further ones are refused.
    #[must_use]
    pub fn per_caller(mut self, most: usize) -> Self {
        self.per_caller = most;
        self
    }

    /// The largest value, in bytes of JSON; 16 KiB by default.
    #[must_use]
    pub fn max_value(mut self, bytes: usize) -> Self {
        self.max_value = bytes;
        self
    }

    /// How many handles memory has room for, of all callers; 10 000 by default. Further ones are refused.
    /// What was kept before is gone. A shared store has its own limit.
    #[must_use]
    pub fn capacity(mut self, most: usize) -> Self {
        match &mut self.place {
            Place::Memory(keeper) => *keeper = Arc::new(Keeper::new(most)),
            #[cfg(feature = "redis")]
            Place::Shared { .. } => {}
        }
        self
    }
}

impl<T: Serialize + DeserializeOwned> Handles<T> {
    /// Keeps a value, and names it for this caller alone.
    ///
    /// # Errors
    /// If the caller has too many, the value is too large, or there is no room or no store.
    pub async fn mint(&self, caller: &Caller, value: &T) -> Result<Handle<T>, HandleError> {
        let json = self.json(value)?;
        let mut token = [0; 32];
        getrandom::fill(&mut token).map_err(|_| HandleError::Storage("no randomness".into()))?;
        let (lifetime, most) = (self.lifetime, self.per_caller);
        let kept = match &self.place {
            Place::Memory(keeper) => {
                let (owner, key) = (digest(caller, None), digest(caller, Some(&token)));
                keeper.keep(owner, key, json, Instant::now(), lifetime, most)?
            }
            #[cfg(feature = "redis")]
            Place::Shared { state, name } => {
                let (owner, key) = keys::<T>(state, name, caller, &token);
                state.keep(Keep { owner, key, value: json, lifetime, most }).await?
            }
        };
        if kept { Ok(Handle::new(token)) } else { Err(HandleError::TooMany) }
    }

    /// What a handle names.
    ///
    /// # Errors
    /// [`HandleError::NoSuch`] if it is none of this caller's, or has ended; else if the store is down.
    pub async fn get(&self, caller: &Caller, handle: &Handle<T>) -> Result<T, HandleError> {
        let json = match &self.place {
            Place::Memory(keeper) => {
                keeper.kept(&digest(caller, Some(&handle.token)), Instant::now())
            }
            #[cfg(feature = "redis")]
            Place::Shared { state, name } => {
                state.kept(keys::<T>(state, name, caller, &handle.token).1).await?
            }
        };
        value(json)
    }

    /// Puts another value in place of what a handle names. Its time goes on as it was.
    ///
    /// # Errors
    /// As [`Handles::get`] and [`Handles::mint`].
    pub async fn replace(
        &self,
        caller: &Caller,
        handle: &Handle<T>,
        value: &T,
    ) -> Result<(), HandleError> {
        let json = self.json(value)?;
        let replaced = match &self.place {
            Place::Memory(keeper) => {
                keeper.replace(&digest(caller, Some(&handle.token)), json, Instant::now())
            }
            #[cfg(feature = "redis")]
            Place::Shared { state, name } => {
                state.replace(keys::<T>(state, name, caller, &handle.token).1, json).await?
            }
        };
        if replaced { Ok(()) } else { Err(HandleError::NoSuch) }
    }

    /// What a handle names, which ends with this: of several that ask at once, one gets it.
    ///
    /// # Errors
    /// As [`Handles::get`].
    pub async fn take(&self, caller: &Caller, handle: &Handle<T>) -> Result<T, HandleError> {
        let json = match &self.place {
            Place::Memory(keeper) => {
                keeper.take(&digest(caller, Some(&handle.token)), Instant::now())
            }
            #[cfg(feature = "redis")]
            Place::Shared { state, name } => {
                let (owner, key) = keys::<T>(state, name, caller, &handle.token);
                state.take(owner, key).await?
            }
        };
        value(json)
    }

    fn json(&self, value: &T) -> Result<Vec<u8>, HandleError> {
        let json = serde_json::to_vec(value)
            .map_err(|_| HandleError::Storage("the value cannot be written as JSON".into()))?;
        if json.len() > self.max_value { Err(HandleError::TooLarge) } else { Ok(json) }
    }
}

fn value<T: DeserializeOwned>(json: Option<Vec<u8>>) -> Result<T, HandleError> {
    let json = json.ok_or(HandleError::NoSuch)?;
    serde_json::from_slice(&json)
        .map_err(|_| HandleError::Storage("what is kept is of another type".into()))
}

/// What a value is found by: who does not have both, the token and the name, finds nothing. Nobody can
/// tell them from memory.
fn digest(caller: &Caller, token: Option<&[u8; 32]>) -> [u8; 32] {
    let subject = caller.subject().as_str().as_bytes();
    let mut hash = Sha256::new();
    // The length first: no two names and tokens make the same bytes.
    hash.update((subject.len() as u64).to_be_bytes());
    hash.update(subject);
    hash.update(token.map_or(&[][..], |token| token));
    hash.finalize().into()
}

/// As [`digest`]: of the owner, and of the value. Of the type, too: what looks the same is not taken for it.
#[cfg(feature = "redis")]
fn keys<T>(
    state: &SharedState,
    name: &str,
    caller: &Caller,
    token: &[u8; 32],
) -> (crate::shared::Key, crate::shared::Key) {
    let (name, subject) = (name.as_bytes(), caller.subject().as_str().as_bytes());
    let of = std::any::type_name::<T>().as_bytes();
    (state.key("handles", &[name, of, subject]), state.key("handle", &[name, of, subject, token]))
}

impl<T> Clone for Handles<T> {
    fn clone(&self) -> Self {
        let Handles { lifetime, per_caller, max_value, .. } = *self;
        let place = self.place.clone();
        Handles { place, lifetime, per_caller, max_value, of: PhantomData }
    }
}

impl<T> fmt::Debug for Handles<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Handles(…)")
    }
}
