//! Whoever calls, whoever owns, whatever is shared: the pipeline decides as a model of two lines does.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use proptest::prelude::*;
use proptest::sample::select;
use secure_tool_runtime::policy::Effect;
use secure_tool_runtime::prelude::*;
use serde_json::{Value, json};

use crate::support::code;
use crate::support::guarded::{Runs, guard, somebody};

/// Names that somebody could take for one another.
const NAMES: &[&str] = &["ada", "Ada", "adam", "ad", "bob", "key:ada"];

/// The effects, and the tools that have them.
const TOOLS: &[(&str, Effect)] =
    &[("look", Effect::Read), ("change", Effect::Write), ("destroy", Effect::Destructive)];

#[derive(Debug, Clone)]
struct Entry {
    owner: &'static str,
    shares: Vec<(&'static str, Effect)>,
}

#[derive(Clone, Default)]
struct Shelf {
    entries: Arc<BTreeMap<i64, Entry>>,
    finds: Arc<AtomicUsize>,
    runs: Runs,
}

struct Thing {
    number: i64,
    entry: Entry,
}

impl OwnedResource for Thing {
    type Id = Int<1, 5>;
    type Store = Shelf;
    type Error = std::convert::Infallible;

    async fn find(wanted: Wanted<'_, Self>) -> Result<Option<Self>, Self::Error> {
        wanted.store().finds.fetch_add(1, Ordering::SeqCst);
        let number = wanted.id().get();
        let entry = wanted.store().entries.get(&number).cloned();
        Ok(entry.map(|entry| Thing { number, entry }))
    }

    fn owner(&self) -> &str {
        self.entry.owner
    }

    fn shared_with(&self, caller: &Caller, effect: Effect) -> bool {
        self.entry.shares.contains(&(caller.subject().as_str(), effect))
    }
}

#[secure_tools]
impl Shelf {
    /// Look at a thing.
    #[secure_tool(public = "a test", effect = read)]
    async fn look(
        &self,
        /// Which one.
        thing: Owned<Thing>,
    ) -> i64 {
        self.runs.count();
        thing.number
    }

    /// Change a thing.
    #[secure_tool(public = "a test", effect = write)]
    async fn change(
        &self,
        /// Which one.
        thing: Owned<Thing>,
    ) -> i64 {
        self.runs.count();
        thing.into_inner().number
    }

    /// Destroy a thing.
    #[secure_tool(policy = Self::anybody, effect = destructive)]
    async fn destroy(
        &self,
        /// Which one.
        thing: Owned<Thing>,
    ) -> i64 {
        self.runs.count();
        thing.number
    }

    async fn anybody(&self, _caller: &Caller, _input: &DestroyInput) -> Decision {
        Decision::Allow
    }
}

fn entry() -> impl Strategy<Value = Entry> {
    let effect = || select(TOOLS).prop_map(|(_, effect)| effect);
    let shares = prop::collection::vec((select(NAMES), effect()), 0..4);
    (select(NAMES), shares).prop_map(|(owner, shares)| Entry { owner, shares })
}

type Call = (&'static str, (&'static str, Effect), i64);

/// Calls each, and compares; returns the answers to those who get nothing, without their references.
async fn compare(entries: BTreeMap<i64, Entry>, calls: &[Call]) -> Vec<Value> {
    let shelf = Shelf { entries: Arc::new(entries), ..Shelf::default() };
    let guarded = guard(shelf.clone());
    let mut refused = Vec::new();
    let mut causes = Vec::new();
    for (caller, (tool, effect), number) in calls {
        let before = (shelf.finds.load(Ordering::SeqCst), shelf.runs.get());
        let mut result = guarded.call(&somebody(caller), tool, json!({ "thing": number })).await;
        let entry = shelf.entries.get(number);
        let may =
            |entry: &Entry| entry.owner == *caller || entry.shares.contains(&(*caller, *effect));
        let gets = entry.is_some_and(may);
        let after = (before.0 + 1, before.1 + u32::from(gets));
        assert_eq!((shelf.finds.load(Ordering::SeqCst), shelf.runs.get()), after, "one query");
        if gets {
            assert_eq!(code(&result), None, "{caller} {tool} {entry:?}");
            assert_eq!(crate::text(&result), number.to_string());
            causes.push(None);
        } else {
            assert_eq!(
                code(&result).as_deref(),
                Some("no_such_resource"),
                "{caller} {tool} {entry:?}"
            );
            let meta = result.meta.as_mut().unwrap().get_mut(secure_tool_runtime::REFUSAL_KEY);
            meta.unwrap().as_object_mut().unwrap().remove("reference").unwrap();
            refused.push(serde_json::to_value(&result).unwrap());
            causes.push(entry.map(|_| "it belongs to somebody else".to_owned()));
        }
    }
    let records = guarded.records().await;
    let told: Vec<_> = records.into_iter().map(|record| record.cause.map(String::from)).collect();
    assert_eq!(told, causes, "the log tells them apart");
    refused
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    #[test]
    fn owners_and_those_it_is_shared_with_get_it_and_all_others_one_answer(
        entries in prop::collection::btree_map(1_i64..=4, entry(), 0..4),
        calls in prop::collection::vec((select(NAMES), select(TOOLS), 1_i64..=5), 1..8),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let refused = runtime.block_on(compare(entries, &calls));
        prop_assert!(refused.windows(2).all(|pair| pair[0] == pair[1]), "{refused:?}");
    }
}
