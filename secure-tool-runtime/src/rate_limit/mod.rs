//! Limits on how often a tool may be called, per caller (checklist: Rate Limiting).
//!
//! Limits follow GCRA, the leaky bucket that needs one number for each key: [`governor`] does the
//! arithmetic. The numbers of all tools live in one [`RateLimits`] of fixed capacity, because the
//! keys are chosen by whoever calls: a map that grows with them is a way to exhaust memory, and one
//! that evicts is a way to get rid of a limit by flooding. This one refuses instead.

mod key;
mod local;
mod rate;

pub(crate) use key::Hashed;
pub use key::Keys;
#[cfg(feature = "http")]
pub(crate) use local::Failures;
pub use local::{Exceeded, Limiter, Occupancy, RateLimits};
pub use rate::Rate;
