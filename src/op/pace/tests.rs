//! Whoever waits has no place, limits are halved once a burst, and one call asks for all.
#![allow(clippy::unwrap_used)]

use std::cell::Cell;

use tokio::time::advance;

use super::limits::row;
use super::limits::tests::{MINUTE, limits};
use super::*;

fn pace_of(workers: usize) -> Pace {
    Pace::new(workers, None)
}

fn turn(write: bool, patience: Duration) -> Turn<'static> {
    Turn {
        command: "user list",
        write,
        patience,
    }
}

async fn enter(pace: &Pace) -> Slot<'_> {
    let entered = pace
        .enter(turn(false, PATIENCE), &Activity::default())
        .await;
    entered.unwrap_or_else(|error| unreachable!("{error}"))
}

/// How many could enter now.
fn free(pace: &Pace) -> usize {
    pace.places.available_permits()
}

fn refusal(text: &str) -> Error {
    Error::failed(
        "user list",
        ("failed with exit code 1", Some(1)),
        text,
        str::to_owned,
    )
}

#[tokio::test]
async fn one_call_enters_until_one_has_succeeded() {
    let pace = pace_of(4);
    let first = enter(&pace).await;
    assert_eq!(free(&pace), 0);
    first.report(false, Some(ErrorKind::Network));
    assert_eq!(free(&pace), 0);
    first.report(false, None);
    assert_eq!(free(&pace), 3);
    drop(first);
    assert_eq!(free(&pace), 4);
}

#[tokio::test]
async fn a_burst_of_refusals_halves_the_limit_once_and_calm_brings_it_back() {
    let pace = pace_of(8);
    enter(&pace).await.report(false, None);
    let mut inside = Vec::new();
    for _ in 0..8 {
        inside.push(enter(&pace).await);
    }
    for place in &inside {
        place.report(false, Some(ErrorKind::RateLimited));
    }
    drop(inside);
    assert_eq!(free(&pace), 4);

    enter(&pace).await.report(false, Some(ErrorKind::Timeout));
    assert_eq!(free(&pace), 2);
    for _ in 0..CALM {
        enter(&pace).await.report(false, None);
    }
    assert_eq!(free(&pace), 3);
    for _ in 0..20 * CALM {
        enter(&pace).await.report(false, None);
    }
    assert_eq!(free(&pace), 8);
}

#[tokio::test]
async fn one_worker_stays_one() {
    let pace = pace_of(1);
    enter(&pace).await.report(false, None);
    enter(&pace)
        .await
        .report(false, Some(ErrorKind::AppUnreachable));
    assert_eq!(free(&pace), 1);
}

/// Only the first answer tells whether a person is asked for each call.
#[tokio::test(start_paused = true)]
async fn calls_stay_apart_where_a_person_gave_the_first_answer() {
    for (by_hand, seconds, then) in [
        (Some(4), 4, 1),
        (Some(0), 0, 1),
        (Some(4), 1, 3),
        (None, 60, 3),
    ] {
        let pace = Pace::new(3, by_hand.map(Duration::from_secs));
        for seconds in [seconds, 60] {
            let slot = enter(&pace).await;
            advance(Duration::from_secs(seconds)).await;
            slot.report(false, None);
        }
        assert_eq!(free(&pace), then, "{by_hand:?} {seconds}");
    }
}

#[tokio::test]
async fn other_failures_leave_the_limit() {
    let pace = pace_of(4);
    enter(&pace).await.report(false, None);
    enter(&pace).await.report(false, Some(ErrorKind::Forbidden));
    assert_eq!(free(&pace), 4);
}

async fn waited(pace: &Pace) -> Duration {
    let began = Instant::now();
    drop(pace.apart().await);
    began.elapsed()
}

#[tokio::test(start_paused = true)]
async fn writes_are_kept_apart_after_a_rate_limit_and_for_a_while_only() {
    let pace = pace_of(1);
    enter(&pace).await.report(true, None);
    assert_eq!(waited(&pace).await, Duration::ZERO);

    enter(&pace)
        .await
        .report(false, Some(ErrorKind::RateLimited));
    assert_eq!(waited(&pace).await, APART);
    enter(&pace).await.report(true, None);
    assert_eq!(waited(&pace).await, APART);

    enter(&pace).await.report(true, None);
    advance(MEMORY).await;
    enter(&pace).await.report(true, None);
    assert_eq!(waited(&pace).await, Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn reads_and_other_failures_do_not_slow_writes_down() {
    let pace = pace_of(1);
    enter(&pace).await.report(true, Some(ErrorKind::Conflict));
    enter(&pace).await.report(false, None);
    assert_eq!(waited(&pace).await, Duration::ZERO);
}

/// Three calls are refused at once; `op`'s words name no time.
#[tokio::test(start_paused = true)]
async fn one_call_asks_how_long_and_all_reads_keep_still() {
    let (pace, asked) = (pace_of(1), Cell::new(0));
    let refused = || {
        let ask = async {
            asked.set(asked.get() + 1);
            tokio::task::yield_now().await;
            Ok(limits())
        };
        let error = refusal("rate-limited. Try again in  seconds");
        pace.limited(error, turn(false, LONGEST_WAIT), ask)
    };
    let (one, two, three) = tokio::join!(refused(), refused(), refused());
    assert_eq!(asked.get(), 1);
    for error in [&one, &two, &three] {
        assert_eq!(error.named_wait(), Some(Duration::from_secs(2420)));
    }
    assert!(
        one.to_string()
            .contains("seconds (0 of 10000 read requests left for this token, reset in 41 min)."),
        "{one}"
    );

    let began = Instant::now();
    let activity = Activity::default();
    let error = pace.enter(turn(false, PATIENCE), &activity).await.err();
    let text = error.unwrap().to_string();
    assert!(
        text.contains("not asked") && text.contains("reset in 41 min"),
        "{text}"
    );
    assert_eq!(began.elapsed(), Duration::ZERO);
    drop(
        pace.enter(turn(false, LONGEST_WAIT), &activity)
            .await
            .unwrap(),
    );
    assert_eq!((began.elapsed().as_secs(), pace.left(false)), (2420, None));
}

/// The words win, a limit that will not be waited for holds nobody else up, nor does one of writes,
/// nor one that nobody can tell the end of.
#[tokio::test(start_paused = true)]
async fn only_what_is_waited_for_holds_others() {
    let (pace, blank) = (pace_of(1), "Too many requests. Try again in  seconds");
    let mut day = limits();
    day[2] = row("account", "read_write", (0, 50_000), 82_800);
    let unknown = || Err(refusal("unknown command \"ratelimit\""));
    for (text, write, patience, answer, wait) in [
        (
            "retry in 58 minutes",
            false,
            PATIENCE,
            unknown(),
            Some(59 * 60),
        ),
        (
            "retry in 58 minutes",
            true,
            LONGEST_WAIT,
            unknown(),
            Some(59 * 60),
        ),
        (blank, false, LONGEST_WAIT, Ok(day), Some(82_800)),
        (blank, false, LONGEST_WAIT, Ok(Vec::new()), None),
        (blank, false, LONGEST_WAIT, unknown(), None),
    ] {
        let text = format!("(429) {text}");
        let error = pace.limited(refusal(&text), turn(write, patience), async { answer });
        let error = error.await;
        assert_eq!(error.named_wait(), wait.map(Duration::from_secs), "{text}");
        assert_eq!(pace.left(false), None, "{text}");
    }
    let never = async { unreachable!("the words name the time") };
    let text = "(429) retry in 58 minutes";
    pace.limited(refusal(text), turn(false, LONGEST_WAIT), never)
        .await;
    assert_eq!(pace.left(false), Some(59 * MINUTE));
}

/// One place, and a first call that fails for the moment.
#[tokio::test(start_paused = true)]
async fn who_waits_for_the_next_try_stands_in_nobodys_way() {
    let (pace, activity) = (pace_of(1), Activity::default());
    let (tries, order) = (Cell::new(0), std::cell::RefCell::new(Vec::new()));
    let asks = None::<fn() -> std::future::Ready<Result<Vec<RateLimit>, Error>>>;
    let first = pace.call(
        turn(false, PATIENCE),
        &activity,
        || async {
            order.borrow_mut().push("first");
            tries.set(tries.get() + 1);
            if tries.get() == 1 {
                Err(refusal("no such host"))
            } else {
                Ok(())
            }
        },
        asks,
    );
    let second = pace.call(
        turn(false, PATIENCE),
        &activity,
        || async {
            order.borrow_mut().push("second");
            Ok(())
        },
        asks,
    );
    let (first, second) = tokio::join!(first, second);
    first.and(second).unwrap();
    assert_eq!(*order.borrow(), ["first", "second", "first"]);
}
