use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use governor::clock::FakeRelativeClock;

use super::super::Keys;
use super::*;

const MINUTE: Rate = Rate::new(60, 60, 10);

fn frozen(capacity: usize) -> (RateLimits, FakeRelativeClock) {
    let clock = FakeRelativeClock::default();
    (RateLimits::with_time(capacity, Time::Fake(clock.clone())), clock)
}

fn wait(limiter: &Limiter, key: u64) -> Duration {
    limiter.check(key).unwrap_err().retry_after
}

/// A key that falls into the shard of `key`, different for each `n`.
fn neighbour(key: u64, n: u64) -> u64 {
    (key & (0xf << 40)) | (n + 1)
}

#[test]
fn admits_exactly_the_burst_under_concurrency() {
    let (limits, _clock) = frozen(1000);
    let limiter = limits.limiter(Rate::new(100, 60, 100));
    let admitted = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..500 {
                    if limiter.check(7).is_ok() {
                        admitted.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    assert_eq!(admitted.into_inner(), 100);
}

#[test]
fn admits_again_at_the_rate_and_says_when() {
    let (limits, clock) = frozen(1000);
    let limiter = limits.limiter(MINUTE);
    for _ in 0..10 {
        limiter.check(1).unwrap();
    }
    assert_eq!(wait(&limiter, 1), Duration::from_millis(1000));
    clock.advance(Duration::from_millis(999));
    assert_eq!(wait(&limiter, 1), Duration::from_millis(1));
    clock.advance(Duration::from_millis(1));
    limiter.check(1).unwrap();
    assert_eq!(wait(&limiter, 1), Duration::from_secs(1));
    limiter.check(2).unwrap();
}

#[test]
fn waiting_the_window_restores_the_whole_burst() {
    let (limits, clock) = frozen(1000);
    let limiter = limits.limiter(MINUTE);
    for _ in 0..3 {
        let admitted = (0..50).filter(|_| limiter.check(1).is_ok()).count();
        assert_eq!(admitted, 10);
        clock.advance(MINUTE.window());
    }
}

#[test]
fn a_limiter_made_later_counts_from_the_same_epoch() {
    let (limits, clock) = frozen(16);
    clock.advance(Duration::from_secs(5000));
    let late = limits.limiter(MINUTE);
    for _ in 0..10 {
        late.check(1).unwrap();
    }
    // The shard is full of a limit that still counts: a sweep must not take it for expired.
    late.check(neighbour(1, 1)).unwrap_err();
    assert_eq!(wait(&late, 1), Duration::from_secs(1));
    assert_eq!(limits.occupancy().used, 1);
}

#[test]
fn limiters_with_their_own_keys_do_not_share_a_limit() {
    let (limits, _clock) = frozen(1000);
    let (one, other) = (limits.limiter(MINUTE), limits.limiter(Rate::new(1, 60, 1)));
    let keys = Keys::new();
    other.check(keys.key(1, "ada")).unwrap();
    other.check(keys.key(1, "ada")).unwrap_err();
    for _ in 0..10 {
        one.check(keys.key(0, "ada")).unwrap();
    }
    one.check(keys.key(0, "ada")).unwrap_err();
}

#[test]
fn a_flood_of_keys_neither_grows_the_store_nor_resets_a_limit() {
    let (limits, _clock) = frozen(10_000);
    let limiter = limits.limiter(MINUTE);
    let keys = Keys::new();
    let (spent, fresh) = (keys.key(0, "spent"), keys.key(0, "fresh"));
    while limiter.check(spent).is_ok() {}
    limiter.check(fresh).unwrap();
    let before = limits.store.map_capacity();

    let admitted =
        (0..1_000_000).filter(|n| limiter.check(keys.key(0, &n.to_string())).is_ok()).count();

    let Occupancy { used, capacity } = limits.occupancy();
    assert_eq!(used, capacity);
    assert_eq!(admitted + 2, capacity);
    assert!(limits.store.map_capacity() <= before);
    assert_eq!(wait(&limiter, spent), Duration::from_secs(1));
    for _ in 0..9 {
        limiter.check(fresh).unwrap();
    }
    limiter.check(fresh).unwrap_err();
}

#[test]
fn floods_and_recoveries_in_turn_never_grow_the_maps() {
    let (limits, clock) = frozen(1600);
    let limiter = limits.limiter(MINUTE);
    let keys = Keys::new();
    let before = limits.store.map_capacity();
    for round in 0..200 {
        for n in 0..4000 {
            let _ = limiter.check(keys.key(round, &n.to_string()));
        }
        assert_eq!(limits.occupancy().used, 1600);
        // Partial recovery too: some rounds leave entries behind.
        clock.advance(Duration::from_millis(if round % 3 == 0 { 700 } else { 1100 }));
    }
    assert!(limits.store.map_capacity() <= before);
}

#[test]
fn a_full_store_refuses_newcomers_until_someone_has_recovered() {
    let (limits, clock) = frozen(16);
    let limiter = limits.limiter(MINUTE);
    limiter.check(1).unwrap();
    assert_eq!(wait(&limiter, neighbour(1, 1)), MINUTE.window());
    limiter.check(1).unwrap();
    clock.advance(Duration::from_millis(1999));
    limiter.check(neighbour(1, 1)).unwrap_err();
    // Recovered now, but swept a moment ago.
    clock.advance(Duration::from_millis(1));
    limiter.check(neighbour(1, 1)).unwrap_err();
    clock.advance(Duration::from_millis(99));
    limiter.check(neighbour(1, 1)).unwrap();
    assert_eq!(limits.occupancy(), Occupancy { used: 1, capacity: 16 });
}

#[test]
fn forgetting_a_recovered_key_gives_nothing_away() {
    let (limits, clock) = frozen(16);
    let limiter = limits.limiter(MINUTE);
    let (one, other) = (1, neighbour(1, 1));
    for _ in 0..5 {
        for key in [one, other] {
            let admitted = (0..50).filter(|_| limiter.check(key).is_ok()).count();
            assert_eq!(admitted, 10);
            clock.advance(MINUTE.window());
        }
    }
}

#[test]
fn the_largest_rates_do_not_overflow() {
    let (limits, clock) = frozen(16);
    clock.advance(Duration::from_secs(100 * 365 * 86_400));
    let limiter = limits.limiter(Rate::new(1, Rate::LONGEST, Rate::LARGEST_BURST));
    let admitted = (0..10_100).filter(|_| limiter.check(1).is_ok()).count();
    assert_eq!(admitted, 10_000);
    assert_eq!(wait(&limiter, 1), Duration::from_secs(86_400));
    let newcomer = limiter.check(neighbour(1, 1)).unwrap_err();
    assert_eq!(newcomer.retry_after, limiter.rate().window());
}

#[test]
fn a_panic_under_the_lock_resets_nothing_and_locks_nobody_out() {
    let (limits, _clock) = frozen(1000);
    let limiter = limits.limiter(MINUTE);
    while limiter.check(1).is_ok() {}
    limits.store.poison(1);
    assert_eq!(wait(&limiter, 1), Duration::from_secs(1));
    limiter.check(neighbour(1, 1)).unwrap();
}

#[test]
fn the_real_clock_starts_near_zero_and_runs() {
    let limits = RateLimits::new(16);
    let limiter = limits.limiter(Rate::new(1, 86_400, 1));
    limiter.check(1).unwrap();
    let wait = wait(&limiter, 1);
    assert!(wait > Duration::from_secs(86_300) && wait <= Duration::from_secs(86_400), "{wait:?}");
}

#[test]
fn the_refusal_reads_well() {
    let refused = Exceeded { retry_after: Duration::from_micros(1_999_001) };
    assert_eq!(refused.to_string(), "rate limit exceeded, retry in 2.000 s");
}
