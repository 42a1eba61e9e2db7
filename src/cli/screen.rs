//! What the user sees on stderr: lines, and above the prompt one live line of progress.
//!
//! On a terminal the live line shows phase, calls done of calls known, rate, time left and the
//! current wait. Elsewhere each phase is one plain line. `--quiet` shows neither. stdout is never
//! touched.

use std::io::{IsTerminal, Write};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::config::Output;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How far a run is, at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// What is being done, as a phrase.
    pub phase: &'static str,
    /// Units of the phase that are done; calls of `op` while the total is not known.
    pub done: u64,
    /// Units of the phase in all, once they are known.
    pub total: Option<u64>,
    /// What it is waiting for, in place of rate and time left.
    pub note: Option<String>,
}

/// How progress is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    /// One line that changes.
    Live,
    /// One line a phase.
    Lines,
    /// One log record a phase, since stderr holds nothing else.
    Records,
    /// Not at all.
    Silent,
}

/// Standard error. Clones share it.
#[derive(Clone, Debug)]
pub struct Screen {
    style: Style,
    live: Arc<Mutex<Option<ProgressBar>>>,
}

impl Screen {
    /// The screen of this process.
    pub fn new(output: Output) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let style = match output {
            Output { quiet: true, .. } => Style::Silent,
            Output { records: true, .. } => Style::Records,
            _ if terminal && !dumb => Style::Live,
            _ => Style::Lines,
        };
        Self {
            style,
            live: Arc::default(),
        }
    }

    /// Prints text, with a line end, above the live line. Colours are left out where they are not
    /// wanted: no terminal, `NO_COLOR`, `TERM=dumb`; `CLICOLOR_FORCE` keeps them.
    pub fn line(&self, text: &str) {
        let print = || {
            // When stderr is gone there is nobody left to tell.
            let _ = writeln!(anstream::stderr(), "{text}");
        };
        match &*self.live.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
    }

    /// Shows progress until the returned guard is dropped; `sample` is asked ten times a second.
    pub fn watch(&self, sample: impl Fn() -> Snapshot + Send + 'static) -> Watch {
        if self.style == Style::Silent {
            return Watch(None);
        }
        let (stop, stopped) = channel();
        let screen = self.clone();
        let thread = std::thread::spawn(move || {
            let mut shown = Shown::new(screen);
            loop {
                shown.show(&sample());
                if stopped.recv_timeout(Duration::from_millis(100))
                    != Err(RecvTimeoutError::Timeout)
                {
                    break shown.clear();
                }
            }
        });
        Watch(Some((stop, thread)))
    }
}

/// Ends the display of progress when dropped.
#[derive(Debug)]
pub struct Watch(Option<(Sender<()>, JoinHandle<()>)>);

impl Drop for Watch {
    fn drop(&mut self) {
        if let Some((stop, thread)) = self.0.take() {
            drop(stop);
            let _ = thread.join();
        }
    }
}

/// What is on the screen, and since when.
struct Shown {
    screen: Screen,
    phase: &'static str,
    since: Instant,
}

impl Shown {
    fn new(screen: Screen) -> Self {
        Self {
            screen,
            phase: "",
            since: Instant::now(),
        }
    }

    fn show(&mut self, now: &Snapshot) {
        let fresh = now.phase != self.phase;
        if fresh {
            self.phase = now.phase;
            self.since = Instant::now();
        }
        match self.screen.style {
            Style::Live => self.bar().set_message(describe(now, self.since.elapsed())),
            Style::Lines if fresh => self.screen.line(now.phase),
            Style::Records if fresh => tracing::info!("{}", now.phase),
            Style::Lines | Style::Records | Style::Silent => {}
        }
    }

    fn bar(&self) -> ProgressBar {
        let mut live = self
            .screen
            .live
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let bar = live.get_or_insert_with(|| {
            let target = ProgressDrawTarget::stderr_with_hz(10);
            let style = ProgressStyle::with_template("{spinner} {wide_msg}");
            let style = style.unwrap_or_else(|_| ProgressStyle::default_spinner());
            ProgressBar::with_draw_target(None, target).with_style(style)
        });
        bar.tick();
        bar.clone()
    }

    fn clear(&self) {
        let mut live = self
            .screen
            .live
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(bar) = live.take() {
            bar.finish_and_clear();
        }
    }
}

/// The live line. The terminal's width cuts it at the end, so the most telling comes first.
fn describe(now: &Snapshot, elapsed: Duration) -> String {
    let mut text = match now.total {
        Some(total) if total > 0 => format!(
            "{}  {} of {}  {}%",
            now.phase,
            grouped(now.done),
            grouped(total),
            now.done.min(total) * 100 / total
        ),
        _ if now.done > 0 => format!("{}  {} op calls", now.phase, grouped(now.done)),
        _ => now.phase.to_owned(),
    };
    if let Some(note) = &now.note {
        return format!("{text}  {note}");
    }
    let seconds = elapsed.as_secs_f64();
    if now.done == 0 || seconds < 1.0 {
        return text;
    }
    let rate = now.done as f64 / seconds;
    text += &format!("  {rate:.0}/s");
    if let Some(left) = now.total.and_then(|total| total.checked_sub(now.done)) {
        text += &format!("  {} left", short((left as f64 / rate).ceil() as u64));
    }
    text
}

/// A number with its thousands apart: `1,234`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Seconds as people say them: `42 s`, `3 min 5 s`, `2 h 10 min`.
pub fn short(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_live_line_leads_with_the_phase_and_ends_with_the_time_left() {
        let mut now = Snapshot {
            phase: "Reading vaults",
            done: 250,
            total: Some(1000),
            note: None,
        };
        let after = |now: &Snapshot, seconds| describe(now, Duration::from_secs(seconds));
        assert_eq!(
            after(&now, 10),
            "Reading vaults  250 of 1,000  25%  25/s  30 s left"
        );
        now.note = Some("rate limit: next try in 42 s".to_owned());
        assert_eq!(
            after(&now, 10),
            "Reading vaults  250 of 1,000  25%  rate limit: next try in 42 s"
        );
        now = Snapshot {
            phase: "Reading users",
            done: 3,
            total: None,
            note: None,
        };
        assert_eq!(after(&now, 0), "Reading users  3 op calls");
        now = Snapshot {
            phase: "Saving",
            ..Snapshot::default()
        };
        assert_eq!(after(&now, 9), "Saving");
    }

    #[test]
    fn numbers_and_times_read_well() {
        assert_eq!(
            [0, 999, 1000, 968_638].map(grouped),
            ["0", "999", "1,000", "968,638"]
        );
        assert_eq!(
            [9, 185, 7800].map(short),
            ["9 s", "3 min 5 s", "2 h 10 min"]
        );
    }
}
