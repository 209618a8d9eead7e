//! Where in the input a value stands.

use std::fmt;

/// A usual length of a path: room for it is made at once.
const USUAL: usize = 32;

/// A place in the input, as a chain of borrowed steps: nothing is allocated until one is reported.
#[derive(Debug, Clone, Copy)]
pub struct At<'a> {
    parent: Option<&'a At<'a>>,
    step: Step,
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Root,
    Field(&'static str),
    Item(usize),
    /// An entry of a map. Its key is the client's, so only its position is told.
    Entry(usize),
}

impl At<'_> {
    /// The whole input.
    pub const ROOT: At<'static> = At { parent: None, step: Step::Root };

    /// The field of that name.
    #[must_use]
    pub fn field<'a>(&'a self, name: &'static str) -> At<'a> {
        At { parent: Some(self), step: Step::Field(name) }
    }

    /// The item at that position.
    #[must_use]
    pub fn item(&self, index: usize) -> At<'_> {
        At { parent: Some(self), step: Step::Item(index) }
    }

    /// The map entry at that position.
    #[must_use]
    pub fn entry(&self, index: usize) -> At<'_> {
        At { parent: Some(self), step: Step::Entry(index) }
    }

    /// As a JSON path.
    pub(super) fn path(&self) -> String {
        let mut path = String::with_capacity(USUAL);
        self.push_to(&mut path);
        path
    }

    fn push_to(&self, path: &mut String) {
        if let Some(parent) = self.parent {
            parent.push_to(path);
        }
        match self.step {
            Step::Root => path.push('$'),
            Step::Field(name) => {
                path.push('.');
                path.push_str(name);
            }
            Step::Item(index) => path.push_str(&format!("[{index}]")),
            Step::Entry(index) => path.push_str(&format!("[entry {index}]")),
        }
    }
}

impl fmt::Display for At<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path())
    }
}
