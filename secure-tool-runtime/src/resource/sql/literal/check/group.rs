//! A group of parentheses, and where in a statement it stands.

use super::arm::Arm;
use crate::resource::sql::literal::scan::{Kind, Token};

pub(super) const NO_TOKEN: Token = Token { kind: Kind::End, start: 0, end: 0 };

/// A part of a statement.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Clause {
    With,
    From,
    On,
    Where,
    /// Any other: none that decides which rows.
    Other,
}

/// The beginning of a condition, so far.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Begins,
    Column,
    Dot,
    Equals,
    In,
    Exists,
    /// Not one that we know.
    Other,
}

/// What a group of parentheses is for, should it hold a SELECT.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// `WITH name AS (…)`.
    Named,
    /// `FROM (…)`.
    First,
    /// `JOIN (…)`.
    Joined,
    /// `AND id IN (…)`.
    Condition,
    /// `AND EXISTS (…)`.
    Exists,
    Other,
}

/// What was read and counts if the next token leaves it alone.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Pending {
    Nothing,
    Guard,
    /// A subquery about own rows: where it does not count, another condition may.
    Subquery,
}

/// A group of parentheses, or the statement.
#[derive(Clone, Copy)]
pub(super) struct Group {
    pub(super) role: Role,
    /// It is a statement.
    pub(super) selects: bool,
    /// It changes data, so it needs an owner wherever it stands.
    pub(super) changes: bool,
    /// It has a row only where a table has one, and of it.
    pub(super) plain: bool,
    /// It only adds rows.
    pub(super) adds: bool,
    pub(super) clause: Clause,
    /// This clause decides which rows.
    pub(super) filters: bool,
    /// Each condition that AND joins here has to hold.
    pub(super) counts: bool,
    /// One of them is about the owner.
    pub(super) guarded: bool,
    pub(super) or: bool,
    /// How many CASE, or square brackets, are open.
    pub(super) cases: u8,
    /// How many BETWEEN wait for their AND.
    pub(super) betweens: u8,
    pub(super) arm: Arm,
    /// Arms that are complete: one was about the owner's rows, one about those of all.
    pub(super) owners: bool,
    pub(super) all: Option<&'static str>,
    /// The part of a WITH that is being read, and how many were known before.
    pub(super) name: Token,
    pub(super) named: usize,
}

pub(super) const GROUP: Group = Group {
    role: Role::Other,
    selects: false,
    changes: false,
    plain: true,
    adds: false,
    clause: Clause::Other,
    filters: false,
    counts: false,
    guarded: false,
    or: false,
    cases: 0,
    betweens: 0,
    arm: Arm::NEW,
    owners: false,
    all: None,
    name: NO_TOKEN,
    named: 0,
};
