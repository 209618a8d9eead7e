//! One SELECT, or one change, as far as it matters whose rows it is about.

/// What is known of it so far.
#[derive(Clone, Copy)]
pub(super) struct Arm {
    /// It has rows of a table.
    pub(super) tables: bool,
    /// It changes rows that are there: those of its table, whatever it is joined with.
    pub(super) changes: bool,
    /// Its WHERE has `owner = {owner}`.
    pub(super) filtered: bool,
    /// What stands behind FROM has only rows of the owner.
    pub(super) first: bool,
    /// What is joined to that has, and rows without a partner are left out.
    pub(super) joined: bool,
    /// Rows without a partner are kept, of what stands before a LEFT JOIN.
    pub(super) left: bool,
    /// Of what stands behind a RIGHT or FULL JOIN.
    pub(super) right: bool,
    /// A subquery in it is about the rows of the owner.
    pub(super) own_within: bool,
    /// One is about the rows of all.
    pub(super) all_within: bool,
}

/// Whose rows it is about.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    Nobodys,
    Owners,
    All(&'static str),
}

impl Arm {
    pub(super) const NEW: Self = Arm {
        tables: false,
        changes: false,
        filtered: false,
        first: false,
        joined: false,
        left: false,
        right: false,
        own_within: false,
        all_within: false,
    };
    /// UPDATE and DELETE.
    pub(super) const CHANGE: Self = Arm { tables: true, changes: true, ..Self::NEW };

    pub(super) const fn whose(&self) -> Whose {
        if self.tables {
            if self.filtered || !self.changes && self.is_joined() {
                return Whose::Owners;
            }
            Whose::All(self.why_not())
        } else if self.all_within {
            Whose::All(
                "a subquery reads the rows of all: write `owner = {owner}` into its WHERE, or say `shared = \"why\"`",
            )
        } else if self.own_within {
            Whose::Owners
        } else {
            Whose::Nobodys
        }
    }

    /// What FROM names leaves out the rows of others.
    pub(super) const fn is_joined(&self) -> bool {
        (self.first || self.joined) && !self.right
    }

    const fn why_not(&self) -> &'static str {
        if self.left || self.right {
            return "beside an outer JOIN `owner = {owner}` belongs into the WHERE: rows without a partner are kept, whoever owns them";
        }
        "`owner = {owner}` belongs into a WHERE: of each SELECT that UNION joins, or whose rows INSERT copies, and of what changes or replaces rows"
    }
}
