//! Whether `owner = {owner}` decides which rows a statement is about. It does where it stands alone, or joined
//! by AND to the rest, in the WHERE of each SELECT and each change. In doubt it does not.

use super::arm::Arm;
use super::group::{Clause, GROUP, Group, NO_TOKEN, Pending, Role, Shape};
use super::names::Names;
use super::{DEEPEST, one_of};
use crate::resource::sql::literal::scan::{Kind, Token, is};

/// Functions that make rows of a value.
const OF_VALUES: [&str; 9] = [
    "generate_series",
    "json_array_elements",
    "json_array_elements_text",
    "json_each",
    "json_tree",
    "jsonb_array_elements",
    "jsonb_array_elements_text",
    "jsonb_each",
    "unnest",
];

/// What may follow a condition without taking it into another. OR has a message of its own.
const FOLLOWS: [&str; 21] = [
    "AND",
    "OR",
    "GROUP",
    "HAVING",
    "ORDER",
    "LIMIT",
    "OFFSET",
    "FETCH",
    "FOR",
    "UNION",
    "INTERSECT",
    "EXCEPT",
    "RETURNING",
    "WINDOW",
    "ON",
    "WHERE",
    "JOIN",
    "LEFT",
    "INNER",
    "CROSS",
    "NATURAL",
];

pub(super) const ALONE: &str = "which rows belong to the caller says `owner = {owner}`, alone or joined by AND: not within NOT, CASE or a function, and not compared with anything else";

pub(super) type Checked = Result<(), &'static str>;

/// Reads a statement token by token. Parentheses are counted elsewhere: there are no more open than allowed,
/// and none is closed that is not open.
pub(super) struct Owners<'t> {
    pub(super) text: &'t [u8],
    pub(super) last: [Token; 3],
    pub(super) shape: Shape,
    pub(super) pending: Pending,
    pub(super) groups: [Group; DEEPEST],
    pub(super) depth: usize,
    /// The parts of WITHs that are about the owner's rows.
    pub(super) names: Names,
}

impl<'t> Owners<'t> {
    pub(super) const fn new(text: &'t [u8]) -> Self {
        Owners {
            text,
            last: [NO_TOKEN; 3],
            shape: Shape::Other,
            pending: Pending::Nothing,
            groups: [GROUP; DEEPEST],
            depth: 0,
            names: Names::new(),
        }
    }

    pub(super) const fn read(&mut self, next: Token) -> Checked {
        if let Err(wrong) = self.settle(next) {
            return Err(wrong);
        }
        self.source(next);
        self.column(next);
        let before = self.shape;
        self.shape = Shape::Other;
        let read = match next.kind {
            Kind::Word => self.word(next, before),
            Kind::Name => {
                self.name(next, before);
                Ok(())
            }
            Kind::Place => self.place(next, before),
            Kind::Symbol(b'(') => {
                self.open(before);
                Ok(())
            }
            Kind::Symbol(b')') => self.close(),
            Kind::Symbol(symbol) => self.symbol(symbol, before),
            _ => Ok(()),
        };
        self.last = [next, self.last[0], self.last[1]];
        read
    }

    pub(super) const fn end(&mut self) -> Checked {
        if let Err(wrong) = self.finish_arm(Arm::NEW) {
            return Err(wrong);
        }
        let group = self.groups[0];
        match group.all {
            Some(wrong) => Err(wrong),
            None if group.owners || group.adds => Ok(()),
            None => Err(
                "`owner = {owner}` belongs into a WHERE: here it does not decide which rows are read, changed or replaced",
            ),
        }
    }

    /// Counts what was read before this token, if it may follow.
    const fn settle(&mut self, next: Token) -> Checked {
        let pending = self.pending;
        if matches!(pending, Pending::Nothing) {
            return Ok(());
        }
        // A type, `{owner}::uuid`, changes nothing.
        let after_colon = matches!(self.last[0].kind, Kind::Symbol(b':'));
        if matches!(next.kind, Kind::Symbol(b':')) || after_colon && matches!(next.kind, Kind::Word)
        {
            return Ok(());
        }
        self.pending = Pending::Nothing;
        let group = &mut self.groups[self.depth];
        let follows = match next.kind {
            Kind::End | Kind::Symbol(b')') => true,
            Kind::Symbol(b',') => matches!(group.clause, Clause::On),
            Kind::Word => one_of(self.text, next, &FOLLOWS),
            _ => false,
        };
        if !follows {
            return if matches!(pending, Pending::Guard) { Err(ALONE) } else { Ok(()) };
        }
        group.guarded = true;
        match group.clause {
            Clause::Where => group.arm.filtered = true,
            Clause::On => group.arm.joined |= !group.arm.left,
            _ => {}
        }
        Ok(())
    }

    /// The last token was a table, if one could stand there.
    const fn source(&mut self, next: Token) {
        let Some(first) = self.is_source(self.last[1]) else { return };
        let of_values = matches!(next.kind, Kind::Symbol(b'('));
        let named = matches!(self.last[0].kind, Kind::Word | Kind::Name);
        if matches!(self.last[0].kind, Kind::Symbol(b'(' | b')'))
            || of_values && one_of(self.text, self.last[0], &OF_VALUES)
        {
            return;
        }
        // What follows a dot is a table of that name in a schema, and what follows a parenthesis a function.
        let known = named
            && !of_values
            && !matches!(next.kind, Kind::Symbol(b'.'))
            && self.names.has(self.text, self.last[0]);
        let arm = &mut self.groups[self.depth].arm;
        arm.tables = true;
        arm.first |= known && first;
        arm.joined |= known && !first && !arm.left;
    }

    /// A subquery that a condition asks has columns of tables: `count(*)` is there without a row, and what
    /// comes from a client is not in the table.
    const fn column(&mut self, next: Token) {
        let group = &mut self.groups[self.depth];
        let listed = group.selects && !group.arm.tables && matches!(group.clause, Clause::Other);
        let plain = match next.kind {
            Kind::Word | Kind::Name | Kind::Symbol(b'.' | b',' | b'*' | b')') => true,
            Kind::Number => matches!(group.role, Role::Exists),
            _ => false,
        };
        group.plain &= (plain || !listed) && !is(self.text, next, "HAVING");
    }

    /// What follows this token is a table: the first one, or one that is joined to others.
    pub(super) const fn is_source(&self, before: Token) -> Option<bool> {
        if !matches!(self.groups[self.depth].clause, Clause::From) {
            return None;
        }
        match before.kind {
            Kind::Word if is(self.text, before, "FROM") => Some(true),
            Kind::Word if is(self.text, before, "JOIN") => Some(false),
            Kind::Symbol(b',' | b'(') => Some(false),
            _ => None,
        }
    }
}

impl Owners<'_> {
    const fn word(&mut self, next: Token, before: Shape) -> Checked {
        if self.begins() && self.verb(next) {
            return Ok(());
        }
        let (text, last) = (self.text, self.last[0]);
        let group = &mut self.groups[self.depth];
        if is(text, next, "AND") {
            if group.cases == 0 && group.betweens > 0 {
                group.betweens -= 1;
            } else if group.cases == 0 && group.counts {
                self.shape = Shape::Begins;
            }
        } else if is(text, next, "OR") {
            // `INSERT OR IGNORE` chooses between no rows.
            group.or |= !is(text, last, "INSERT") && !is(text, last, "UPDATE");
        } else if is(text, next, "BETWEEN") {
            group.betweens = group.betweens.saturating_add(1);
        } else if is(text, next, "CASE") {
            group.cases = group.cases.saturating_add(1);
        } else if is(text, next, "END") {
            group.cases = group.cases.saturating_sub(1);
        } else if is(text, next, "IN") && matches!(before, Shape::Column) {
            self.shape = Shape::In;
        } else if is(text, next, "EXISTS") && matches!(before, Shape::Begins) {
            self.shape = Shape::Exists;
        } else if is(text, next, "TABLE") {
            group.arm.tables = true;
        } else if is(text, next, "REPLACE") && is(text, last, "OR") {
            return self.replaces();
        } else if is(text, last, "DO") && is(text, next, "UPDATE") {
            // It may meet the row of somebody else.
            return self.finish_arm(Arm::CHANGE);
        } else if is(text, last, "ON") && is(text, next, "CONFLICT") && group.changes {
            // Its WHERE says which conflict, and decides about no rows.
            return self.finish_arm(Arm::NEW);
        } else if one_of(text, next, &super::CLAUSES) {
            return self.clause_word(next);
        } else {
            self.name(next, before);
        }
        Ok(())
    }

    const fn name(&mut self, next: Token, before: Shape) {
        if matches!(before, Shape::Begins | Shape::Dot) {
            self.shape = Shape::Column;
        }
        let group = &mut self.groups[self.depth];
        let (text, last) = (self.text, self.last[0]);
        if matches!(group.clause, Clause::With)
            && (is(text, last, "WITH")
                || is(text, last, "RECURSIVE")
                || matches!(last.kind, Kind::Symbol(b',')))
        {
            group.name = next;
        }
    }

    /// A statement may begin here.
    const fn begins(&self) -> bool {
        match self.last[0].kind {
            Kind::End | Kind::Symbol(b'(') => true,
            Kind::Symbol(b')') => matches!(self.groups[self.depth].clause, Clause::With),
            _ => false,
        }
    }

    /// Begins a statement, if this is how one begins.
    const fn verb(&mut self, next: Token) -> bool {
        let text = self.text;
        let in_parentheses = matches!(self.last[0].kind, Kind::Symbol(b'('));
        let with = is(text, next, "WITH");
        let adds = is(text, next, "INSERT");
        // `replace` is also a function.
        let replaces = is(text, next, "REPLACE") && !in_parentheses;
        let changes =
            is(text, next, "UPDATE") || is(text, next, "DELETE") || is(text, next, "MERGE");
        let table = is(text, next, "TABLE");
        let reads = is(text, next, "SELECT") || is(text, next, "VALUES");
        if !(with || adds || replaces || changes || table || reads) {
            return false;
        }
        let group = &mut self.groups[self.depth];
        group.selects = true;
        group.adds = adds;
        group.changes = adds || replaces || changes;
        group.clause = if with { Clause::With } else { Clause::Other };
        group.filters = false;
        group.counts = false;
        group.arm = if changes { Arm::CHANGE } else { Arm { tables: table, ..Arm::NEW } };
        true
    }

    const fn replaces(&mut self) -> Checked {
        if is(self.text, self.last[1], "UPDATE") {
            return Err("UPDATE OR REPLACE deletes what is in the way, whoever owns it");
        }
        self.groups[self.depth].adds = false;
        Ok(())
    }

    const fn place(&mut self, next: Token, before: Shape) -> Checked {
        let inner = Token { kind: Kind::Word, start: next.start + 1, end: next.end - 1 };
        let group = &self.groups[self.depth];
        if !is(self.text, inner, "owner") || !group.filters {
            return Ok(());
        }
        if !matches!(before, Shape::Equals) {
            return Err(ALONE);
        }
        self.pending = Pending::Guard;
        Ok(())
    }

    const fn symbol(&mut self, symbol: u8, before: Shape) -> Checked {
        let group = &mut self.groups[self.depth];
        match symbol {
            b'.' if matches!(before, Shape::Column) => self.shape = Shape::Dot,
            b'=' if matches!(before, Shape::Column) => self.shape = Shape::Equals,
            b'[' => group.cases = group.cases.saturating_add(1),
            b']' => group.cases = group.cases.saturating_sub(1),
            b',' if matches!(group.clause, Clause::On) => return self.clause(Clause::From),
            _ => {}
        }
        Ok(())
    }
}
