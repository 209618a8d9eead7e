//! Where the parts of a statement begin and end.

use super::arm::{Arm, Whose};
use super::group::{Clause, Group, Role, Shape};
use super::owner::{Checked, Owners};
use crate::resource::sql::literal::scan::{Token, is};

const BESIDE_OR: &str =
    "put what OR joins in parentheses: beside `{owner}` it lets the rows of others through";

impl Owners<'_> {
    pub(super) const fn clause_word(&mut self, next: Token) -> Checked {
        let text = self.text;
        let group = &mut self.groups[self.depth];
        let joins = matches!(group.clause, Clause::From | Clause::On);
        if is(text, next, "JOIN") {
            let word = self.outer();
            let arm = &mut self.groups[self.depth].arm;
            arm.left |= matches!(word, Some(false));
            arm.right |= matches!(word, Some(true));
            return if joins { self.clause(Clause::From) } else { Ok(()) };
        }
        if is(text, next, "ON") {
            return if joins { self.clause(Clause::On) } else { Ok(()) };
        }
        if is(text, next, "FROM") || is(text, next, "WHERE") {
            // `IS DISTINCT FROM` compares; `extract(… FROM …)` and `FILTER (WHERE …)` are parts of functions.
            let compares = is(text, self.last[0], "DISTINCT")
                && (is(text, self.last[1], "IS") || is(text, self.last[1], "NOT"));
            if compares || !group.selects {
                return Ok(());
            }
            let from = is(text, next, "FROM");
            return self.clause(if from { Clause::From } else { Clause::Where });
        }
        if is(text, next, "UNION") || is(text, next, "INTERSECT") || is(text, next, "EXCEPT") {
            return self.union();
        }
        if is(text, next, "SELECT") && !group.selects {
            return Err("a subquery begins with SELECT");
        }
        self.clause(Clause::Other)
    }

    /// Whether a JOIN keeps rows without a partner: `false` for those before it only.
    const fn outer(&self) -> Option<bool> {
        let mut outer = None;
        let mut at = 0;
        while at < self.last.len() {
            let word = self.last[at];
            if is(self.text, word, "RIGHT") || is(self.text, word, "FULL") {
                return Some(true);
            }
            if is(self.text, word, "LEFT") || is(self.text, word, "OUTER") {
                outer = Some(false);
            }
            at += 1;
        }
        outer
    }

    const fn union(&mut self) -> Checked {
        if !self.groups[self.depth].selects {
            return Err("no parentheses around the first SELECT that UNION joins");
        }
        if let Err(wrong) = self.finish_arm(Arm::NEW) {
            return Err(wrong);
        }
        let group = self.groups[self.depth];
        // What follows may begin with the rows of what precedes: WITH RECURSIVE.
        if matches!(group.role, Role::Named) && group.owners && group.all.is_none() {
            self.names.add(self.groups[self.depth - 1].name);
        }
        Ok(())
    }

    /// The clause ends and another begins.
    pub(super) const fn clause(&mut self, clause: Clause) -> Checked {
        let group = &mut self.groups[self.depth];
        if group.guarded && group.or {
            return Err(BESIDE_OR);
        }
        let filters = matches!(clause, Clause::Where | Clause::On);
        *group = Group {
            clause,
            filters,
            counts: filters,
            guarded: false,
            or: false,
            cases: 0,
            betweens: 0,
            ..*group
        };
        if filters {
            self.shape = Shape::Begins;
        }
        Ok(())
    }

    /// The arm ends and another begins.
    pub(super) const fn finish_arm(&mut self, next: Arm) -> Checked {
        if let Err(wrong) = self.clause(Clause::Other) {
            return Err(wrong);
        }
        let group = &mut self.groups[self.depth];
        match group.arm.whose() {
            Whose::Nobodys => {}
            Whose::Owners => group.owners = true,
            Whose::All(wrong) => group.all = Some(wrong),
        }
        group.arm = next;
        Ok(())
    }
}
