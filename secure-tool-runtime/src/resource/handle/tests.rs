use std::collections::HashSet;

use proptest::prelude::*;

use super::*;
use crate::PublicError;

fn caller(name: &str) -> Caller {
    Caller::new(name).unwrap()
}

fn decode<T: 'static>(value: Value) -> Option<Handle<T>> {
    let mut violations = Violations::new();
    let handle = <Handle<T> as Input>::decode(value, &Rules::NONE, &At::ROOT, &mut violations);
    assert_eq!(handle.is_some(), violations.is_empty());
    handle
}

/// As a client brings it back.
fn back<T: 'static>(handle: &Handle<T>) -> Handle<T> {
    decode(handle.clone().disclose()).unwrap()
}

#[tokio::test]
async fn what_is_kept_is_found_replaced_and_taken_once() {
    let handles = Handles::<Vec<u8>>::in_memory();
    let alice = caller("alice");
    let handle = handles.mint(&alice, &vec![1]).await.unwrap();
    assert_eq!(handles.get(&alice, &back(&handle)).await, Ok(vec![1]));
    handles.replace(&alice, &handle, &vec![2]).await.unwrap();
    assert_eq!(handles.clone().take(&alice, &handle).await, Ok(vec![2]));
    assert_eq!(handles.take(&alice, &handle).await, Err(HandleError::NoSuch));
    assert_eq!(handles.get(&alice, &handle).await, Err(HandleError::NoSuch));
    assert_eq!(handles.replace(&alice, &handle, &vec![3]).await, Err(HandleError::NoSuch));
}

#[tokio::test]
async fn nobody_else_finds_or_changes_it() {
    let handles = Handles::<u8>::in_memory();
    let (alice, bob) = (caller("alice"), caller("bob"));
    let handle = handles.mint(&alice, &1).await.unwrap();
    let unknown = Handle::new([7; 32]);
    for handle in [&handle, &unknown] {
        assert_eq!(handles.get(&bob, handle).await, Err(HandleError::NoSuch));
        assert_eq!(handles.replace(&bob, handle, &2).await, Err(HandleError::NoSuch));
        assert_eq!(handles.take(&bob, handle).await, Err(HandleError::NoSuch));
    }
    assert_eq!(handles.get(&alice, &handle).await, Ok(1), "and nothing happened to it");
    // Those of another kind are another place.
    let others = Handles::<u8>::in_memory();
    assert_eq!(others.get(&alice, &handle).await, Err(HandleError::NoSuch));
}

#[tokio::test]
async fn names_and_tokens_do_not_run_into_each_other() {
    assert_ne!(digest(&caller("ab"), None), digest(&caller("a"), None));
    let token = [b'x'; 32];
    assert_ne!(
        digest(&caller("a"), Some(&token)),
        digest(&caller(&format!("a{}", "x".repeat(32))), None)
    );
}

#[tokio::test(start_paused = true)]
async fn it_ends_and_its_room_is_free_again() {
    let handles = Handles::<u8>::in_memory().lifetime(Duration::from_secs(10)).per_caller(1);
    let alice = caller("alice");
    let handle = handles.mint(&alice, &1).await.unwrap();
    tokio::time::advance(Duration::from_secs(9)).await;
    assert_eq!(handles.get(&alice, &handle).await, Ok(1));
    // What is looked at or replaced does not last longer for that.
    handles.replace(&alice, &handle, &2).await.unwrap();
    assert_eq!(handles.mint(&alice, &3).await.unwrap_err(), HandleError::TooMany);
    tokio::time::advance(Duration::from_secs(1)).await;
    assert_eq!(handles.get(&alice, &handle).await, Err(HandleError::NoSuch));
    assert_eq!(handles.replace(&alice, &handle, &2).await, Err(HandleError::NoSuch));
    assert_eq!(handles.take(&alice, &handle).await, Err(HandleError::NoSuch));
    handles.mint(&alice, &3).await.unwrap();
}

#[tokio::test]
async fn each_has_so_many_and_all_have_so_many() {
    let handles = Handles::<u8>::in_memory().per_caller(2).capacity(3);
    let (alice, bob) = (caller("alice"), caller("bob"));
    let first = handles.mint(&alice, &1).await.unwrap();
    handles.mint(&alice, &2).await.unwrap();
    assert_eq!(handles.mint(&alice, &3).await.unwrap_err(), HandleError::TooMany);
    handles.mint(&bob, &1).await.unwrap();
    assert_eq!(handles.mint(&bob, &2).await.unwrap_err(), HandleError::Full);
    assert_eq!(handles.get(&alice, &first).await, Ok(1), "nothing is forgotten for others");
    handles.take(&alice, &first).await.unwrap();
    handles.mint(&bob, &2).await.unwrap();
    let none = Handles::<u8>::in_memory().per_caller(0);
    assert_eq!(none.mint(&alice, &1).await.unwrap_err(), HandleError::TooMany);
}

#[tokio::test]
async fn what_is_too_large_is_not_kept() {
    let handles = Handles::<String>::in_memory().max_value(10);
    let alice = caller("alice");
    let handle = handles.mint(&alice, &"x".repeat(8)).await.unwrap();
    let nine = "x".repeat(9);
    assert_eq!(handles.mint(&alice, &nine).await.unwrap_err(), HandleError::TooLarge);
    assert_eq!(handles.replace(&alice, &handle, &nine).await, Err(HandleError::TooLarge));
    assert_eq!(handles.get(&alice, &handle).await, Ok("x".repeat(8)));
}

#[tokio::test]
async fn of_many_that_take_one_gets_it() {
    let handles = Handles::<u8>::in_memory();
    let alice = caller("alice");
    let handle = handles.mint(&alice, &1).await.unwrap();
    let takers = (0..50).map(|_| {
        let (handles, alice, handle) = (handles.clone(), alice.clone(), handle.clone());
        tokio::spawn(async move { handles.take(&alice, &handle).await.is_ok() })
    });
    let taken = futures_util::future::join_all(takers).await;
    assert_eq!(taken.into_iter().filter(|taken| *taken.as_ref().unwrap()).count(), 1);
}

#[tokio::test]
async fn handles_are_all_different_and_have_one_spelling() {
    let handles = Handles::<u8>::in_memory().per_caller(1000);
    let alice = caller("alice");
    let mut seen = HashSet::new();
    for _ in 0..1000 {
        let text = handles.mint(&alice, &1).await.unwrap().disclose();
        assert_eq!(text.as_str().unwrap().len(), LENGTH);
        assert!(seen.insert(text));
    }
    let text = "A".repeat(LENGTH);
    assert!(decode::<u8>(text.clone().into()).is_some());
    for other in [
        // Bits that stand for nothing, padding, the other alphabet, white space, other lengths and types.
        format!("{}B", "A".repeat(42)).into(),
        format!("{text}=").into(),
        format!("{}+", "A".repeat(42)).into(),
        format!("{text} ").into(),
        "A".repeat(42).into(),
        "A".repeat(1_000_000).into(),
        "".into(),
        Value::Null,
        1.into(),
        serde_json::json!([text]),
        "é".repeat(21).into(),
    ] {
        assert!(decode::<u8>(other).is_none());
    }
}

#[test]
fn errors_and_handles_show_nothing() {
    assert_eq!(format!("{:?}", Handle::<u8>::new([65; 32])), "Handle(…)");
    let storage = HandleError::Storage("the disk".into());
    assert_eq!(storage.public(), None);
    assert!(HandleError::NoSuch.public().is_some());
}

/// The pattern that clients are told.
fn pattern() -> regex::Regex {
    let schema = <Handle<u8> as Input>::schema(&mut SchemaGenerator::default(), &Rules::NONE);
    regex::Regex::new(schema.get("pattern").unwrap().as_str().unwrap()).unwrap()
}

proptest! {
    #[test]
    fn a_handle_comes_back_as_it_left(token: [u8; 32]) {
        let handle = Handle::<u8>::new(token);
        let text = handle.clone().disclose();
        prop_assert!(pattern().is_match(text.as_str().unwrap()));
        prop_assert_eq!(decode::<u8>(text).map(|handle| handle.token), Some(token));
    }

    #[test]
    fn any_other_text_is_refused(
        text in prop_oneof![
            "[A-Za-z0-9_-]{43}",
            "[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]",
            "[A-Za-z0-9+/=_ \n-]{40,46}",
            "\\PC{0,60}",
        ],
    ) {
        let handle = decode::<u8>(text.clone().into());
        prop_assert_eq!(handle.is_some(), pattern().is_match(&text), "{}", text);
        // What is taken has no other spelling.
        if let Some(handle) = handle {
            prop_assert_eq!(handle.disclose(), Value::from(text));
        }
    }

    #[test]
    fn a_text_with_a_flaw_names_nothing_else(token: [u8; 32], at in 0..LENGTH, other in any::<char>()) {
        let text = Handle::<u8>::new(token).disclose();
        let mut flawed: Vec<char> = text.as_str().unwrap().chars().collect();
        let same = flawed[at] == other;
        flawed[at] = other;
        let flawed: String = flawed.into_iter().collect();
        let names_it = decode::<u8>(flawed.into()).is_some_and(|handle| handle.token == token);
        prop_assert_eq!(names_it, same);
    }
}
