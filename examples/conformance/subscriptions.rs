//! Who wants to hear of changes.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};

use rmcp::service::{SubscriptionContext, SubscriptionSink};
use tokio::sync::Mutex;

/// The streams that listen.
#[derive(Default)]
pub(crate) struct Subscriptions {
    sinks: Mutex<HashMap<u64, SubscriptionSink>>,
    next: AtomicU64,
}

impl Subscriptions {
    /// Keeps a stream until it ends.
    pub(crate) async fn listen(&self, context: SubscriptionContext) {
        let key = self.next.fetch_add(1, Ordering::Relaxed);
        self.sinks.lock().await.insert(key, context.sink().clone());
        context.cancelled().await;
        self.sinks.lock().await.remove(&key);
    }

    /// Tells that the list of tools has changed.
    pub(crate) async fn tools_changed(&self) {
        for sink in self.all().await {
            // Who is gone needs no word.
            let _ = sink.notify_tool_list_changed().await;
        }
    }

    /// Tells that the list of prompts has changed.
    pub(crate) async fn prompts_changed(&self) {
        for sink in self.all().await {
            let _ = sink.notify_prompt_list_changed().await;
        }
    }

    async fn all(&self) -> Vec<SubscriptionSink> {
        self.sinks.lock().await.values().cloned().collect()
    }
}
