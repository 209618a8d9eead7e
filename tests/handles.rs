//! Names for what is kept between calls: the caller's alone, for a while, so many at a time; in memory, and
//! where several instances find it.

#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::time::{Duration, Instant};

use secure_tool_runtime::handles::{Handle, HandleError, Handles};
use secure_tool_runtime::prelude::*;
use secure_tool_runtime::shared::{Memory, Redis, SharedState};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use support::guarded::{Guarded, guard, somebody};
use support::redis::RedisServer;
use support::{CANARY, bounded, code, text};

#[derive(Serialize, Deserialize)]
struct Basket {
    articles: Vec<u32>,
}

/// Another kind of thing that looks the same.
#[derive(Serialize, Deserialize)]
struct Cursor {
    articles: Vec<u32>,
}

struct Shop {
    baskets: Handles<Basket>,
    cursors: Handles<Cursor>,
}

#[secure_tools]
impl Shop {
    /// Begin.
    #[secure_tool(scope = "shop", effect = write, rate = "1000/min", burst = 1000)]
    async fn begin(&self, caller: &Caller) -> Result<Handle<Basket>, HandleError> {
        self.baskets.mint(caller, &Basket { articles: vec![] }).await
    }

    /// Begin to look around.
    #[secure_tool(scope = "shop", effect = write)]
    async fn look(&self, caller: &Caller) -> Result<Handle<Cursor>, HandleError> {
        self.cursors.mint(caller, &Cursor { articles: vec![1, 2, 3] }).await
    }

    /// Put an article into a basket.
    #[secure_tool(scope = "shop", effect = write, rate = "1000/min", burst = 1000)]
    async fn put(
        &self,
        caller: &Caller,
        /// Which basket.
        basket: Handle<Basket>,
        /// Which article.
        #[validate(range(min = 1, max = 999_999))]
        article: u32,
    ) -> Result<(), HandleError> {
        let mut content = self.baskets.get(caller, &basket).await?;
        content.articles.push(article);
        self.baskets.replace(caller, &basket, &content).await
    }

    /// Order what is in a basket.
    #[secure_tool(scope = "shop", effect = write, rate = "1000/min", burst = 1000)]
    async fn order(
        &self,
        caller: &Caller,
        /// Which basket.
        basket: Handle<Basket>,
    ) -> Result<Vec<u32>, HandleError> {
        Ok(self.baskets.take(caller, &basket).await?.articles)
    }
}

/// One instance, whose things are kept where `place` says.
fn shop(place: Option<&SharedState>) -> Guarded {
    let (baskets, cursors) = match place {
        None => (Handles::in_memory(), Handles::in_memory()),
        Some(state) => {
            (Handles::shared(state.clone(), "baskets"), Handles::shared(state.clone(), "cursors"))
        }
    };
    guard(Shop { baskets: baskets.per_caller(3).max_value(100), cursors })
}

fn secret() -> String {
    "a secret of the instances".repeat(2)
}

fn redis(server: &RedisServer) -> SharedState {
    Redis::new(server.url(), secret()).unwrap().wait(support::PATIENCE).into()
}

async fn ask(shop: &Guarded, name: &str, tool: &str, input: Value) -> Result<String, String> {
    let caller = somebody(name).with_scopes(["shop"]).unwrap();
    let result = bounded("the call", shop.call(&caller, tool, input)).await;
    match code(&result).as_deref() {
        None => Ok(result.content.first().map_or("", |_| text(&result)).to_owned()),
        Some("public_error") => Err(text(&result).to_owned()),
        Some(code) => Err(code.to_owned()),
    }
}

const NO_SUCH: &str = "There is no such handle: it has ended, or is not yours. Begin anew.";

/// A customer's way through two shops, which may be one.
async fn is_the_callers_alone_and_good_once(one: &Guarded, other: &Guarded) {
    let basket = ask(one, "alice", "begin", json!({})).await.unwrap();
    let put = |basket: &str, article: u32| json!({ "basket": basket, "article": article });
    ask(other, "alice", "put", put(&basket, 5)).await.unwrap();
    ask(one, "alice", "put", put(&basket, 7)).await.unwrap();

    let unknown = "A".repeat(43);
    let cursor = ask(one, "bob", "look", json!({})).await.unwrap();
    let mut answers = vec![
        ask(other, "bob", "put", put(&basket, 6)).await,
        ask(other, "bob", "order", json!({ "basket": basket })).await,
        ask(other, "alice", "order", json!({ "basket": unknown })).await,
        ask(one, "bob", "order", json!({ "basket": cursor })).await,
    ];
    assert_eq!(
        ask(other, "alice", "order", json!({ "basket": basket })).await.unwrap(),
        "[5,7]",
        "nothing happened to it"
    );
    answers.push(ask(one, "alice", "order", json!({ "basket": basket })).await);
    assert_eq!(answers, vec![Err(NO_SUCH.to_owned()); 5]);

    let malformed = ask(one, "alice", "order", json!({ "basket": CANARY })).await;
    assert_eq!(malformed.unwrap_err(), "invalid_input");
    // Each has three at a time, wherever they were made.
    for shop in [one, other, one] {
        ask(shop, "carol", "begin", json!({})).await.unwrap();
    }
    let full = ask(other, "carol", "begin", json!({})).await.unwrap_err();
    assert!(full.starts_with("You have too many"), "{full}");
    let basket = ask(one, "alice", "begin", json!({})).await.unwrap();
    let mut result = Ok(String::new());
    while result.is_ok() {
        result = ask(one, "alice", "put", put(&basket, 999_999)).await;
    }
    assert_eq!(result.unwrap_err(), "This is more than can be kept. Keep less.");
}

#[tokio::test]
async fn in_memory() {
    let shop = shop(None);
    is_the_callers_alone_and_good_once(&shop, &shop).await;
}

#[tokio::test]
async fn in_the_memory_of_a_shared_state() {
    let state = SharedState::new(Memory::new(1000), &secret().into()).unwrap();
    is_the_callers_alone_and_good_once(&shop(Some(&state)), &shop(Some(&state))).await;
}

#[tokio::test]
async fn things_of_two_types_under_one_name_are_told_apart() {
    let state = SharedState::new(Memory::new(1000), &secret().into()).unwrap();
    let (baskets, cursors) = (Handles::shared(state.clone(), "it"), Handles::shared(state, "it"));
    let shop = guard(Shop { baskets, cursors });
    let cursor = ask(&shop, "alice", "look", json!({})).await.unwrap();
    let ordered = ask(&shop, "alice", "order", json!({ "basket": cursor })).await;
    assert_eq!(ordered, Err(NO_SUCH.to_owned()));
    let basket = ask(&shop, "alice", "begin", json!({})).await.unwrap();
    let ordered = ask(&shop, "alice", "order", json!({ "basket": basket })).await;
    assert_eq!(ordered.unwrap(), "[]", "its own are found");
}

#[tokio::test]
async fn in_redis_for_all_instances() {
    let Some(server) = RedisServer::start() else { return };
    let (one, other) = (shop(Some(&redis(&server))), shop(Some(&redis(&server))));
    is_the_callers_alone_and_good_once(&one, &other).await;
    // Nobody can tell from the store whose it is, or what the handle was.
    let keys: Vec<String> = redis::cmd("KEYS").arg("*").query(&mut server.connection()).unwrap();
    assert!(keys.iter().all(|key| !key.contains("alice") && !key.contains("basket")), "{keys:?}");
    for key in keys {
        let ttl: i64 = redis::cmd("PTTL").arg(&key).query(&mut server.connection()).unwrap();
        assert!(ttl > 0 && ttl <= 3_600_000, "{ttl}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_most_of_a_caller_is_exact_and_one_taker_wins_at_two_instances() {
    let Some(server) = RedisServer::start() else { return };
    let shops = [shop(Some(&redis(&server))), shop(Some(&redis(&server)))];
    let many = async |tool: &'static str, input: Value| {
        let calls = (0..100).map(|number| {
            let (shop, input) = (shops[number % 2].clone(), input.clone());
            tokio::spawn(async move { ask(&shop, "alice", tool, input).await })
        });
        let answers = futures_util::future::join_all(calls).await;
        answers.into_iter().filter_map(|answer| answer.unwrap().ok()).collect::<Vec<_>>()
    };
    let baskets = many("begin", json!({})).await;
    assert_eq!(baskets.len(), 3);
    assert_eq!(many("order", json!({ "basket": baskets[0] })).await, ["[]"]);
    assert_eq!(many("begin", json!({})).await.len(), 1, "its room is free again");
}

#[tokio::test]
async fn it_ends_by_the_clock_of_the_store() {
    let Some(server) = RedisServer::start() else { return };
    let handles = Handles::<u8>::shared(redis(&server), "test")
        .lifetime(Duration::from_millis(300))
        .per_caller(1);
    let alice = somebody("alice");
    let began = Instant::now();
    let handle = handles.mint(&alice, &1).await.unwrap();
    // Replacing does not make it last.
    while handles.replace(&alice, &handle, &2).await.is_ok() {
        assert!(began.elapsed() < support::PATIENCE, "it does not end");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(began.elapsed() >= Duration::from_millis(300));
    assert_eq!(handles.take(&alice, &handle).await, Err(HandleError::NoSuch));
    handles.mint(&alice, &1).await.expect("there is room again");
}

#[tokio::test]
async fn without_the_store_nothing_is_minted_or_found() {
    let Some(mut server) = RedisServer::start() else { return };
    let state = Redis::new(server.url(), secret()).unwrap().wait(Duration::from_millis(300));
    let shop = shop(Some(&state.into()));
    let basket = loop {
        // The first calls may find it not connected yet.
        if let Ok(basket) = ask(&shop, "alice", "begin", json!({})).await {
            break basket;
        }
    };
    server.kill();
    for (tool, input) in [("begin", json!({})), ("order", json!({ "basket": basket }))] {
        assert_eq!(ask(&shop, "alice", tool, input).await.unwrap_err(), "internal");
    }
}
