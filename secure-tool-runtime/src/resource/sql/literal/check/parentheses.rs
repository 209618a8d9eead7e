//! What a group of parentheses is to what stands around it.

use super::arm::Arm;
use super::group::{Clause, GROUP, Group, Pending, Role, Shape};
use super::owner::{ALONE, Checked, Owners};
use crate::resource::sql::literal::scan::is;

impl Owners<'_> {
    pub(super) const fn open(&mut self, before: Shape) {
        let around = self.groups[self.depth];
        let source = self.is_source(self.last[0]);
        let (text, last) = (self.text, self.last[0]);
        let role = match (around.clause, source) {
            (Clause::With, _) if is(text, last, "AS") || is(text, last, "MATERIALIZED") => {
                self.names.forget(text, around.name);
                Role::Named
            }
            (_, Some(true)) => Role::First,
            (_, Some(false)) => Role::Joined,
            _ if !around.counts => Role::Other,
            _ if matches!(before, Shape::Equals | Shape::In) => Role::Condition,
            _ if matches!(before, Shape::Exists) => Role::Exists,
            _ => Role::Other,
        };
        // What stands in parentheses counts if it is a condition of its own.
        let counts = around.counts && matches!(before, Shape::Begins);
        if counts {
            self.shape = Shape::Begins;
        }
        let clause = if source.is_some() { Clause::From } else { Clause::Other };
        self.depth += 1;
        self.groups[self.depth] = Group {
            role,
            clause,
            counts,
            filters: around.filters,
            named: self.names.known,
            ..GROUP
        };
    }

    pub(super) const fn close(&mut self) -> Checked {
        let arm = self.groups[self.depth].arm;
        let counts = self.groups[self.depth].counts;
        let guarded = self.groups[self.depth].guarded;
        if let Err(wrong) = self.finish_arm(Arm::NEW) {
            return Err(wrong);
        }
        let group = self.groups[self.depth];
        self.depth -= 1;
        if group.selects {
            return self.close_statement(group);
        }
        let around = &mut self.groups[self.depth].arm;
        around.own_within |= arm.own_within;
        around.all_within |= arm.all_within;
        match group.role {
            Role::First | Role::Joined => {
                let first = matches!(group.role, Role::First);
                around.tables |= arm.tables;
                around.first |= first && arm.is_joined();
                around.joined |= !first && arm.is_joined() && !around.left;
            }
            _ if counts && guarded => self.pending = Pending::Guard,
            _ => {}
        }
        Ok(())
    }

    const fn close_statement(&mut self, group: Group) -> Checked {
        self.names.known = group.named;
        let own = group.all.is_none() && (group.owners || group.adds);
        if group.changes && !own {
            return Err(match group.all {
                Some(wrong) => wrong,
                None => ALONE,
            });
        }
        let around = &mut self.groups[self.depth].arm;
        let nobodys = !own && group.all.is_none();
        match group.role {
            Role::Named if own => self.names.add(self.groups[self.depth].name),
            Role::Named => {}
            _ if nobodys => {}
            Role::First | Role::Joined => {
                let first = matches!(group.role, Role::First);
                around.tables = true;
                around.first |= first && own;
                around.joined |= !first && own && !around.left;
            }
            _ if !own => around.all_within = true,
            role => {
                around.own_within = true;
                if group.plain && matches!(role, Role::Condition | Role::Exists) {
                    self.pending = Pending::Subquery;
                }
            }
        }
        Ok(())
    }
}
