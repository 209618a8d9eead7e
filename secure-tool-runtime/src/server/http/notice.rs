//! Log lines that strangers cause: told now and then, so that nobody fills disks with them.

use std::time::{Duration, Instant};

/// How often the same is told.
const NOTICE: Duration = Duration::from_secs(10);

/// Something that happens often and is told now and then.
#[derive(Debug)]
pub(super) struct Notice {
    count: u64,
    told: Option<Instant>,
}

impl Notice {
    pub(super) fn new() -> Self {
        Notice { count: 0, told: None }
    }

    /// How often it happened since it was told last, if it is time to tell.
    pub(super) fn count(&mut self) -> Option<u64> {
        self.count += 1;
        if self.told.is_some_and(|told| told.elapsed() < NOTICE) {
            return None;
        }
        self.told = Some(Instant::now());
        Some(std::mem::take(&mut self.count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_is_told_and_the_others_are_counted() {
        let mut notice = Notice::new();
        assert_eq!(notice.count(), Some(1));
        assert!((0..1000).all(|_| notice.count().is_none()));
        notice.told = Instant::now().checked_sub(NOTICE);
        assert_eq!(notice.count(), Some(1001));
    }
}
