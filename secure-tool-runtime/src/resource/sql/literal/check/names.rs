//! The parts of WITHs that are about the rows of the owner.

use super::group::NO_TOKEN;
use crate::resource::sql::literal::scan::{Token, same};

/// How many parts of a WITH are remembered.
const MOST_NAMED: usize = 16;

pub(super) struct Names {
    names: [Token; MOST_NAMED],
    pub(super) known: usize,
}

impl Names {
    pub(super) const fn new() -> Self {
        Names { names: [NO_TOKEN; MOST_NAMED], known: 0 }
    }

    pub(super) const fn has(&self, text: &[u8], name: Token) -> bool {
        let mut at = 0;
        while at < self.known {
            if same(text, self.names[at], name) {
                return true;
            }
            at += 1;
        }
        false
    }

    pub(super) const fn forget(&mut self, text: &[u8], name: Token) {
        let mut at = 0;
        while at < self.known {
            if same(text, self.names[at], name) {
                self.names[at] = NO_TOKEN;
            }
            at += 1;
        }
    }

    pub(super) const fn add(&mut self, name: Token) {
        if self.known < MOST_NAMED {
            self.names[self.known] = name;
            self.known += 1;
        }
    }
}
