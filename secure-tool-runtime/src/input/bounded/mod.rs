//! Types that carry their bounds with them, for places that an attribute cannot reach: elements of
//! lists, values of maps, type parameters.

mod int;
mod list;
mod map;
mod text;

use std::fmt;

pub use int::Int;
pub use list::List;
pub use map::Map;
pub use text::Text;

/// The value given to a bounded type is outside its bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutOfBounds;

impl fmt::Display for OutOfBounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the value is outside the bounds of its type")
    }
}

impl std::error::Error for OutOfBounds {}
