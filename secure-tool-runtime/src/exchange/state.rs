//! What a call has to know in its next round, in the hands of the client.
//!
//! `requestState` is controlled by whoever has it. It is sealed (HMAC-SHA-256), bound to the principal,
//! the tool and the arguments, ends after ten minutes, and counts once (MCP 2026-07-28, “Multi
//! round-trip requests”). When it ends is judged by the clock of whoever opens it; that it was used is
//! remembered for longer than that, so that clocks may differ by ten minutes, too.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rmcp::model::{InputRequest, JsonObject, RequestStateCodec, SealOptions};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::error::Refusal;
#[cfg(feature = "redis")]
use crate::shared::SharedState;

/// How long a person may take to answer.
const LIFETIME: Duration = Duration::from_secs(600);

/// How many lifetimes a used state is remembered: one, and one by which the clock of another instance may be
/// late.
const REMEMBERED: u32 = 2;

/// Used states that this process remembers until they end by themselves. When it is full, further ones are
/// refused.
const MOST_USED: usize = 1 << 16;

/// The longest state that is looked at, in bytes.
const LONGEST: usize = 1 << 16;

/// What a state is good for: this principal, calling this tool, with these arguments.
pub(crate) struct Binding([u8; 32]);

impl Binding {
    pub(crate) fn new(subject: &str, tool: &str, arguments: &JsonObject) -> Result<Self, Refusal> {
        let mut hash = Sha256::new();
        for part in [subject, tool] {
            // With its length, so that no two pairs are the same text.
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        // In one order, whatever the client chose this time (RFC 8785).
        let arguments = serde_json_canonicalizer::to_vec(arguments).map_err(Refusal::internal)?;
        hash.update(arguments);
        Ok(Binding(hash.finalize().into()))
    }
}

/// A question, as far as it has to be the same again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Asked(String);

impl Asked {
    pub(super) fn of(question: &InputRequest) -> Self {
        // A question that cannot be written is never asked; the answer to nothing fits none.
        let text = serde_json::to_string(question).unwrap_or_default();
        Asked(crate::manifest::hex(&Sha256::digest(text)))
    }

    /// A name of its own, so that a call may ask for consent more than once.
    pub(super) fn key(&self) -> String {
        format!("confirm-{}", &self.0[..8])
    }
}

/// What is sealed.
#[derive(Serialize, Deserialize)]
pub(super) struct State {
    nonce: [u8; 16],
    pub(super) asked: BTreeMap<String, Asked>,
    pub(super) answers: BTreeMap<String, Value>,
}

/// Seals and opens the states of a server.
pub(crate) struct States {
    codec: RequestStateCodec,
    used: Used,
    lifetime: Duration,
}

/// The states that were used.
enum Used {
    Here(Mutex<HashMap<[u8; 16], Instant>>),
    #[cfg(feature = "redis")]
    Shared(SharedState),
}

impl States {
    /// With a key of its own: other instances, and this one after a start, open none of its states.
    ///
    /// # Errors
    /// If the operating system has no randomness to give.
    pub(crate) fn new() -> io::Result<Self> {
        let mut key = [0; 32];
        getrandom::fill(&mut key).map_err(io::Error::other)?;
        Ok(States {
            codec: RequestStateCodec::new_unchecked(key),
            used: Used::Here(Mutex::default()),
            lifetime: LIFETIME,
        })
    }

    /// With what the instances of a server share: each opens the states of all, and one of them once.
    #[cfg(feature = "redis")]
    pub(crate) fn shared(state: &SharedState) -> Self {
        let half = |number: u8| *state.key("request state", &[&[number]]).bytes();
        let key = [half(0), half(1)].concat();
        let used = Used::Shared(state.clone());
        States { codec: RequestStateCodec::new_unchecked(key), used, lifetime: LIFETIME }
    }

    pub(super) fn seal(
        &self,
        asked: BTreeMap<String, Asked>,
        answers: BTreeMap<String, Value>,
        binding: &Binding,
    ) -> Result<String, Refusal> {
        let mut nonce = [0; 16];
        getrandom::fill(&mut nonce).map_err(Refusal::internal)?;
        let options = SealOptions::new().associated_data(&binding.0).ttl(self.lifetime);
        let state = State { nonce, asked, answers };
        let sealed = self.codec.seal_json_with(&state, &options).map_err(Refusal::internal)?;
        if sealed.len() > LONGEST {
            return Err(Refusal::internal("the answers of the client are too long to be kept"));
        }
        Ok(sealed)
    }

    /// Every failure is one and the same for the client.
    pub(super) async fn open(&self, sealed: &str, binding: &Binding) -> Result<State, Refusal> {
        if sealed.len() > LONGEST {
            return Err(Refusal::InvalidState);
        }
        let state: State =
            self.codec.open_json_with(sealed, &binding.0).map_err(|_| Refusal::InvalidState)?;
        let keep = self.lifetime * REMEMBERED;
        let first = match &self.used {
            Used::Here(used) => first_use(used, state.nonce, Instant::now(), keep),
            #[cfg(feature = "redis")]
            Used::Shared(shared) => {
                let asked = shared.first_use(&state.nonce, keep).await;
                asked.map_err(|outage| Refusal::Unavailable(outage.to_string().into()))?
            }
        };
        if first { Ok(state) } else { Err(Refusal::InvalidState) }
    }
}

fn first_use(
    used: &Mutex<HashMap<[u8; 16], Instant>>,
    nonce: [u8; 16],
    now: Instant,
    keep: Duration,
) -> bool {
    // Nothing in there can be half-done.
    let mut used = used.lock().unwrap_or_else(PoisonError::into_inner);
    if used.len() >= MOST_USED {
        used.retain(|_, since| now.duration_since(*since) < keep);
    }
    if used.contains_key(&nonce) || used.len() >= MOST_USED {
        return false;
    }
    used.insert(nonce, now);
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn binding(subject: &str, tool: &str, text: &str) -> Binding {
        let arguments = serde_json::json!({ "text": text });
        let Value::Object(arguments) = arguments else { unreachable!() };
        Binding::new(subject, tool, &arguments).unwrap()
    }

    fn sealed(states: &States, binding: &Binding) -> String {
        states.seal(BTreeMap::new(), BTreeMap::new(), binding).unwrap()
    }

    #[tokio::test]
    async fn a_state_is_for_one_principal_tool_and_arguments() {
        let states = States::new().unwrap();
        let own = binding("ada", "delete", "a");
        for other in [
            binding("bob", "delete", "a"),
            binding("ada", "remove", "a"),
            binding("ada", "delete", "b"),
            // The same letters, cut elsewhere.
            binding("adad", "elete", "a"),
        ] {
            let state = sealed(&states, &own);
            assert!(matches!(states.open(&state, &other).await, Err(Refusal::InvalidState)));
            assert!(states.open(&state, &own).await.is_ok(), "a failed attempt does not use it up");
        }
    }

    #[tokio::test]
    async fn a_state_counts_once() {
        let states = States::new().unwrap();
        let own = binding("ada", "delete", "a");
        let state = sealed(&states, &own);
        assert!(states.open(&state, &own).await.is_ok());
        assert!(matches!(states.open(&state, &own).await, Err(Refusal::InvalidState)));
    }

    #[tokio::test]
    async fn states_of_others_and_changed_ones_are_refused() {
        let (states, others) = (States::new().unwrap(), States::new().unwrap());
        let own = binding("ada", "delete", "a");
        let state = sealed(&others, &own);
        assert!(states.open(&state, &own).await.is_err());
        let state = sealed(&states, &own);
        for changed in
            [format!("{state}x"), state[1..].to_owned(), String::new(), "x".repeat(1 << 20)]
        {
            assert!(matches!(states.open(&changed, &own).await, Err(Refusal::InvalidState)));
        }
    }

    #[tokio::test]
    async fn an_old_state_is_refused() {
        let own = binding("ada", "delete", "a");
        let mut states = States::new().unwrap();
        states.lifetime = Duration::from_millis(1);
        let state = sealed(&states, &own);
        // Its end is judged in milliseconds.
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert!(matches!(states.open(&state, &own).await, Err(Refusal::InvalidState)));
        // It is the age that is refused.
        states.lifetime = LIFETIME;
        let state = sealed(&states, &own);
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert!(states.open(&state, &own).await.is_ok());
    }

    /// An instance whose clock is late takes a state for younger than it is.
    #[cfg(feature = "redis")]
    #[tokio::test]
    async fn the_store_remembers_a_used_state_for_longer_than_it_lasts() {
        let asked = Asks::default();
        let state = SharedState::new(asked.clone(), &"s".repeat(32).into()).unwrap();
        let states = States::shared(&state);
        let own = binding("ada", "delete", "a");
        states.open(&sealed(&states, &own), &own).await.map(|_| ()).unwrap();
        assert_eq!(*asked.0.lock().unwrap(), [LIFETIME * 2]);
    }

    /// A store that tells for how long it was asked to remember.
    #[cfg(feature = "redis")]
    #[derive(Clone, Debug, Default)]
    struct Asks(std::sync::Arc<Mutex<Vec<Duration>>>);

    #[cfg(feature = "redis")]
    mod store {
        use super::*;
        use crate::rate_limit::Exceeded;
        use crate::shared::{Answer, Keep, Key, Limit, Revoked, Store};

        const OTHER: &str = "only marks are asked for";

        impl Store for Asks {
            fn mark(&self, _: Key, keep: Duration) -> Answer<'_, bool> {
                self.0.lock().unwrap().push(keep);
                Box::pin(std::future::ready(Ok(true)))
            }

            fn admit<'a>(&'a self, _: &'a [Limit]) -> Answer<'a, Result<(), Exceeded>> {
                unreachable!("{OTHER}")
            }

            fn would_admit<'a>(&'a self, _: &'a [Limit]) -> Answer<'a, Result<(), Exceeded>> {
                unreachable!("{OTHER}")
            }

            fn give_back<'a>(&'a self, _: &'a [Limit]) -> Answer<'a, ()> {
                unreachable!("{OTHER}")
            }

            fn revoke(&self, _: Key, _: Duration) -> Answer<'_, ()> {
                unreachable!("{OTHER}")
            }

            fn revoked(&self, _: u64) -> Answer<'_, Option<Revoked>> {
                unreachable!("{OTHER}")
            }

            fn keep(&self, _: Keep) -> Answer<'_, bool> {
                unreachable!("{OTHER}")
            }

            fn kept(&self, _: Key) -> Answer<'_, Option<Vec<u8>>> {
                unreachable!("{OTHER}")
            }

            fn replace(&self, _: Key, _: Vec<u8>) -> Answer<'_, bool> {
                unreachable!("{OTHER}")
            }

            fn take(&self, _: Key, _: Key) -> Answer<'_, Option<Vec<u8>>> {
                unreachable!("{OTHER}")
            }
        }
    }

    #[cfg(feature = "redis")]
    #[tokio::test]
    async fn instances_that_share_open_each_others_states_once_among_them() {
        use crate::shared::Memory;
        let shared =
            |secret: &str| SharedState::new(Memory::new(64), &secret.repeat(32).into()).unwrap();
        let state = shared("s");
        let (one, other) = (States::shared(&state), States::shared(&state));
        let own = binding("ada", "delete", "a");
        let sealed_here = sealed(&one, &own);
        assert!(other.open(&sealed_here, &own).await.is_ok());
        assert!(matches!(one.open(&sealed_here, &own).await, Err(Refusal::InvalidState)));
        let stranger = States::shared(&shared("t"));
        assert!(stranger.open(&sealed(&one, &own), &own).await.is_err(), "another secret");
    }

    #[test]
    fn used_states_are_forgotten_when_they_have_ended_and_not_before() {
        let (used, now) = (Mutex::default(), Instant::now());
        for n in 0..MOST_USED as u128 {
            assert!(first_use(&used, n.to_be_bytes(), now, LIFETIME));
        }
        let next = u128::MAX.to_be_bytes();
        assert!(!first_use(&used, next, now + LIFETIME / 2, LIFETIME), "full");
        assert!(first_use(&used, next, now + LIFETIME, LIFETIME));
        assert_eq!(used.lock().unwrap().len(), 1);
    }
}
