//! What happens on one connection, and whether it takes too long.
//!
//! The stream and the answers note when something begins or ends, in a few atomic operations; a
//! watch looks at the notes at least once in the shortest of the limits. So no timer is set for a
//! request.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use tokio::time::Instant;

use crate::server::http::limits::HttpLimits;

/// Shared by the stream, the answers and the watch of a connection.
#[derive(Debug)]
pub(super) struct Activity {
    opened: Instant,
    /// HTTP/2 reads without a request: pings, windows, settings.
    http2: AtomicBool,
    /// Requests whose answer is not complete.
    requests: AtomicU32,
    /// When the last of them ended.
    idle: Since,
    /// When the first byte of a head came that is not complete.
    head: Since,
    /// When a write could first not go on.
    blocked: Since,
    /// Parts of answers that are ready and not yet taken, by the period in which they became ready.
    ready: [AtomicU32; 2],
    period: AtomicU32,
}

/// Milliseconds since the connection was opened, plus one; 0 is never.
#[derive(Debug, Default)]
struct Since(AtomicU64);

impl Since {
    fn never(&self) {
        if self.0.load(Relaxed) != 0 {
            self.0.store(0, Relaxed);
        }
    }

    fn is_never(&self) -> bool {
        self.0.load(Relaxed) == 0
    }

    fn set(&self, opened: Instant) {
        let passed = u64::try_from(opened.elapsed().as_millis()).unwrap_or(u64::MAX - 1);
        self.0.store(passed + 1, Relaxed);
    }

    fn at(&self, opened: Instant) -> Option<Instant> {
        let passed = self.0.load(Relaxed).checked_sub(1)?;
        Some(opened + Duration::from_millis(passed))
    }
}

impl Activity {
    pub(super) fn new() -> Arc<Self> {
        let opened = Instant::now();
        let activity = Activity {
            opened,
            http2: AtomicBool::new(false),
            requests: AtomicU32::new(0),
            idle: Since::default(),
            head: Since::default(),
            blocked: Since::default(),
            ready: [AtomicU32::new(0), AtomicU32::new(0)],
            period: AtomicU32::new(0),
        };
        activity.idle.set(opened);
        Arc::new(activity)
    }

    /// Bytes came.
    pub(super) fn read(&self) {
        if self.requests.load(Relaxed) == 0 && self.head.is_never() && !self.http2.load(Relaxed) {
            self.head.set(self.opened);
        }
    }

    /// A write cannot go on before the client reads.
    pub(super) fn blocked(&self) {
        if self.blocked.is_never() {
            self.blocked.set(self.opened);
        }
    }

    /// A write went on.
    pub(super) fn written(&self) {
        self.blocked.never();
    }

    /// The head of a request is complete. The request ends when the value is dropped.
    pub(super) fn request(self: &Arc<Self>, http2: bool) -> InFlight {
        if http2 {
            self.http2.store(true, Relaxed);
        }
        self.requests.fetch_add(1, Relaxed);
        self.head.never();
        InFlight { activity: Arc::clone(self), ready: None }
    }

    pub(super) fn is_idle(&self) -> bool {
        self.requests.load(Relaxed) == 0
    }
}

/// A request that is being answered.
#[derive(Debug)]
pub(super) struct InFlight {
    activity: Arc<Activity>,
    /// In which period a part of the answer became ready, until it is taken.
    ready: Option<usize>,
}

impl InFlight {
    /// A part of the answer is ready: the client is next.
    pub(super) fn ready(&mut self) {
        self.taken();
        let period = self.activity.period.load(Relaxed) as usize % 2;
        self.activity.ready[period].fetch_add(1, Relaxed);
        self.ready = Some(period);
    }

    /// The client took it: we are next.
    pub(super) fn taken(&mut self) {
        if let Some(period) = self.ready.take() {
            self.activity.ready[period].fetch_sub(1, Relaxed);
        }
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.taken();
        if self.activity.requests.fetch_sub(1, Relaxed) == 1 {
            self.activity.idle.set(self.activity.opened);
        }
    }
}

/// What the watch of a connection thinks of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Fine; to be looked at again then.
    Fine(Instant),
    /// Idle for long enough: to be closed with a goodbye.
    Idle,
    /// The client takes too long: to be cut.
    Slow(&'static str),
}

/// What is reckoned with at least, so that no watch looks all the time, and at most.
const SHORTEST: Duration = Duration::from_millis(1);
const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Looks at a connection now and then.
#[derive(Debug)]
pub(super) struct Watch {
    header_time: Duration,
    idle_time: Duration,
    write_time: Duration,
    /// When the next period of ready parts begins.
    next_period: Instant,
}

impl Watch {
    pub(super) fn new(limits: &HttpLimits) -> Self {
        // `Duration::MAX` is a way to say "never", and nothing that can be added to a time.
        let within = |time: Duration| time.clamp(SHORTEST, LONGEST);
        let write_time = within(limits.write_time);
        Watch {
            header_time: within(limits.header_time),
            idle_time: within(limits.idle_time),
            write_time,
            next_period: Instant::now() + write_time,
        }
    }

    /// From now on, a connection without a request is of no use for longer than this.
    pub(super) fn say_goodbye(&mut self, idle_time: Duration) {
        self.idle_time = idle_time;
    }

    /// When to look first.
    pub(super) fn first(&self) -> Instant {
        Instant::now() + self.header_time.min(self.idle_time).min(self.write_time)
    }

    pub(super) fn judge(&mut self, activity: &Activity) -> Verdict {
        let now = Instant::now();
        let deadline = |since: &Since, time| since.at(activity.opened).map(|since| since + time);
        let head = deadline(&activity.head, self.header_time);
        if head.is_some_and(|deadline| deadline <= now) {
            return Verdict::Slow("the head of a request");
        }
        let blocked = deadline(&activity.blocked, self.write_time);
        if blocked.is_some_and(|deadline| deadline <= now) || self.is_stuck(activity, now) {
            return Verdict::Slow("to read its answers");
        }
        let idle = if activity.is_idle() { deadline(&activity.idle, self.idle_time) } else { None };
        if idle.is_some_and(|deadline| deadline <= now) {
            return Verdict::Idle;
        }
        // What begins after this look is seen by one before its time is over, so that a look at its
        // end can be arranged.
        let next = [head, blocked, idle, Some(self.next_period)].into_iter().flatten().min();
        let latest = self.first();
        Verdict::Fine(next.map_or(latest, |next| next.min(latest)))
    }

    /// Whether a part of an answer was ready all through the last period.
    fn is_stuck(&mut self, activity: &Activity, now: Instant) -> bool {
        if now < self.next_period {
            return false;
        }
        self.next_period = now + self.write_time;
        let period = activity.period.load(Relaxed);
        let before = (period as usize + 1) % 2;
        let stuck = activity.ready[before].load(Relaxed) > 0;
        activity.period.store(period.wrapping_add(1), Relaxed);
        stuck
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::{advance, sleep_until};

    use super::*;

    fn limits() -> HttpLimits {
        HttpLimits {
            header_time: Duration::from_secs(5),
            idle_time: Duration::from_secs(20),
            write_time: Duration::from_secs(10),
            ..HttpLimits::default()
        }
    }

    /// Watches until there is something to say, for a minute at most.
    async fn outcome(activity: &Arc<Activity>) -> (u64, Verdict) {
        let began = Instant::now();
        let mut watch = Watch::new(&limits());
        let mut next = watch.first();
        while began.elapsed() < Duration::from_secs(60) {
            sleep_until(next).await;
            match watch.judge(activity) {
                Verdict::Fine(again) => next = again,
                verdict => return (began.elapsed().as_secs(), verdict),
            }
        }
        (60, Verdict::Fine(next))
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_without_requests_is_idle() {
        let activity = Activity::new();
        assert_eq!(outcome(&activity).await, (20, Verdict::Idle));
        let request = activity.request(false);
        assert!(
            matches!(outcome(&activity).await, (60, Verdict::Fine(_))),
            "a call takes its time"
        );
        drop(request);
        assert_eq!(outcome(&activity).await, (20, Verdict::Idle));
    }

    #[tokio::test(start_paused = true)]
    async fn a_time_can_be_for_ever() {
        let limits = HttpLimits {
            header_time: Duration::MAX,
            idle_time: Duration::MAX,
            write_time: Duration::MAX,
            ..HttpLimits::default()
        };
        let activity = Activity::new();
        activity.read();
        activity.blocked();
        assert!(matches!(Watch::new(&limits).judge(&activity), Verdict::Fine(_)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_that_does_not_end_is_cut() {
        let activity = Activity::new();
        let trickle = Arc::clone(&activity);
        tokio::spawn(async move {
            loop {
                trickle.read();
                tokio::time::sleep(Duration::from_millis(300)).await;
            }
        });
        tokio::task::yield_now().await;
        assert_eq!(outcome(&activity).await, (5, Verdict::Slow("the head of a request")));
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_begun_late_has_its_time_and_no_more() {
        let activity = Activity::new();
        let late = Arc::clone(&activity);
        tokio::spawn(async move {
            advance(Duration::from_secs(7)).await;
            late.read();
        });
        assert_eq!(outcome(&activity).await, (12, Verdict::Slow("the head of a request")));
    }

    #[tokio::test(start_paused = true)]
    async fn pings_of_http2_are_no_heads_and_no_requests() {
        let activity = Activity::new();
        drop(activity.request(true));
        activity.read();
        assert_eq!(outcome(&activity).await, (20, Verdict::Idle));
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_does_not_read_is_cut() {
        let activity = Activity::new();
        let _request = activity.request(false);
        activity.blocked();
        assert_eq!(outcome(&activity).await, (10, Verdict::Slow("to read its answers")));
        activity.written();
        assert!(matches!(outcome(&activity).await, (60, Verdict::Fine(_))));
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_is_stuck_is_seen_beside_others_that_are_taken() {
        let activity = Activity::new();
        let mut stuck = activity.request(true);
        stuck.ready();
        let busy = Arc::clone(&activity);
        tokio::spawn(async move {
            let mut answer = busy.request(true);
            loop {
                answer.ready();
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        });
        let (seconds, verdict) = outcome(&activity).await;
        assert_eq!(verdict, Verdict::Slow("to read its answers"));
        assert!((10..=20).contains(&seconds), "{seconds}");
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_we_wait_for_is_not_stuck() {
        let activity = Activity::new();
        let mut answer = activity.request(true);
        answer.ready();
        answer.taken();
        assert!(matches!(outcome(&activity).await, (60, Verdict::Fine(_))));
    }
}
