//! How many secrets were replaced in the course of a call.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use super::ANY;

/// A count that all parts of a call add to. It counts nothing where nothing is under guard when the call
/// begins.
#[derive(Debug, Clone)]
pub(crate) struct Replaced(Option<Arc<AtomicU32>>);

impl Replaced {
    /// For a call that begins.
    pub(crate) fn none() -> Self {
        Replaced(ANY.load(Ordering::Acquire).then(Arc::default))
    }

    pub(crate) fn add(&self, count: u32) {
        if let (Some(total), 1..) = (&self.0, count) {
            total.fetch_add(count, Ordering::Relaxed);
        }
    }

    pub(crate) fn count(&self) -> u32 {
        self.0.as_ref().map_or(0, |total| total.load(Ordering::Relaxed))
    }
}
