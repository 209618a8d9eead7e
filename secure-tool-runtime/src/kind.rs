//! What a value is by nature, as far as the rules about names ask: `token: u32` counts something,
//! `token: Text<1, 100>` is one. Traits say it, so that aliases, options and lists change nothing.

/// The nature of a value, or of the values in a collection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text of the client's or server's choice.
    Text,
    /// A number.
    Number,
    /// Names a principal.
    Subject,
    /// What says no more than it is made for: flags, choices, objects, checked paths.
    Other,
}

impl Kind {
    /// Of a value that holds both: what the rules are strictest with.
    pub(crate) const fn strictest(self, other: Kind) -> Kind {
        match (self, other) {
            (Kind::Text, _) | (_, Kind::Text) => Kind::Text,
            (Kind::Number, _) | (_, Kind::Number) => Kind::Number,
            (Kind::Subject, _) | (_, Kind::Subject) => Kind::Subject,
            (Kind::Other, Kind::Other) => Kind::Other,
        }
    }

    /// True if it could hold what somebody made up.
    pub(crate) const fn is_text(self) -> bool {
        matches!(self, Kind::Text)
    }

    /// True if it could hold the identifier of somebody.
    pub(crate) const fn identifies(self) -> bool {
        matches!(self, Kind::Text | Kind::Number)
    }

    /// True if it names a principal.
    pub(crate) const fn is_subject(self) -> bool {
        matches!(self, Kind::Subject)
    }
}
