//! By the path of the method, and after a lock, which is fine itself.
#![allow(unused)]

use secure_tool_runtime::prelude::*;
use std::collections::BTreeMap;
use std::sync::Mutex;

static NOTES: Mutex<BTreeMap<u16, u16>> = Mutex::new(BTreeMap::new());

/// Does something.
#[secure_tool(scope = "a", effect = read)]
async fn tool(
    /// From the client.
    id: u16,
) {
    let note = Option::unwrap(NOTES.lock().unwrap().get(&id).copied());
    let note = *NOTES.lock().unwrap().get(&id).unwrap();
}

fn main() {}
