//! What the user sees on stderr: lines, and above the prompt one live line of progress.
//!
//! On a terminal the live line shows phase, calls done of calls known, rate, time left and the
//! current wait. Elsewhere only a long wait is a line, now and then; among records each phase is
//! one too. `--quiet` shows neither. stdout is never touched.

use std::io::{IsTerminal, Write};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::system;
use crate::settings::Settings;
use crate::text::grouped;

/// How far a run is, at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// What is being done, as a phrase, after all that was done before it.
    pub phases: Vec<&'static str>,
    /// Units of the phase that are done; calls of `op` while the total is not known.
    pub done: u64,
    /// Units of the phase in all, once they are known.
    pub total: Option<u64>,
    /// Why `op` is not called now, and for how many seconds.
    pub wait: Option<(&'static str, u64)>,
    /// What the user has to do before it goes on.
    pub request: Option<&'static str>,
}

/// A shorter wait is shown on the live line only, in seconds.
const LONG_WAIT: u64 = 60;
/// Where there is no live line: how far apart the lines of one wait are, in seconds.
const BETWEEN_LINES: u64 = 600;

/// How progress is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    /// One line that changes.
    Live,
    /// One line now and then for a long wait, and one a phase where somebody watches.
    Lines { phases: bool },
    /// The same as log records, and one a phase, since stderr holds nothing else.
    Records,
    /// Not at all.
    Silent,
}

/// Standard error. Clones share it.
#[derive(Clone, Debug)]
pub struct Screen {
    style: Style,
    /// The live line, while there is one; locked while anything is written.
    live: Arc<Mutex<Option<String>>>,
}

impl Screen {
    /// The screen of this process.
    pub fn new(settings: &Settings) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let style = match settings {
            _ if settings.flags.quiet => Style::Silent,
            _ if settings.only_records => Style::Records,
            _ if terminal && !settings.dumb && system::can_redraw() => Style::Live,
            _ => Style::Lines { phases: terminal },
        };
        let live = Arc::default();
        Self { style, live }
    }

    /// Whether one line changes, which shows waits already.
    pub fn is_live(&self) -> bool {
        self.style == Style::Live
    }

    /// Prints text, with a line end, above the live line. Colours are left out where they are not
    /// wanted: no terminal, `NO_COLOR`, `TERM=dumb`; `CLICOLOR_FORCE` keeps them.
    pub fn line(&self, text: &str) {
        let live = self.live();
        if live.is_some() {
            raw(ERASE);
        }
        let _ = writeln!(anstream::stderr(), "{text}");
        raw(live.as_deref().unwrap_or_default());
    }

    fn live(&self) -> MutexGuard<'_, Option<String>> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Shows progress until the returned guard is dropped; `sample` is asked ten times a second.
    pub fn watch(&self, sample: impl Fn() -> Snapshot + Send + 'static) -> Watch {
        if self.style == Style::Silent {
            return Watch(None);
        }
        let (stop, stopped) = channel();
        let mut display = Display {
            screen: self.clone(),
            phases: 0,
            since: Instant::now(),
            announced: 0,
            asked: false,
        };
        let thread = std::thread::spawn(move || {
            // The last look comes after the end, so that no phase is left out.
            let mut ended = false;
            loop {
                display.show(&sample());
                if ended {
                    break display.clear();
                }
                ended = stopped.recv_timeout(Duration::from_millis(100))
                    != Err(RecvTimeoutError::Timeout);
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

/// What the user has seen of the progress so far.
struct Display {
    screen: Screen,
    /// How many phases have begun, and when the last one did.
    phases: usize,
    since: Instant,
    /// What was left of the wait, in seconds, when a line last said so; 0 before that.
    announced: u64,
    /// Whether the user was asked to do something.
    asked: bool,
}

impl Display {
    fn show(&mut self, now: &Snapshot) {
        // A phase may be over before it is looked at; its line comes all the same.
        let fresh = now.phases.get(self.phases..).unwrap_or_default();
        if !fresh.is_empty() {
            self.phases = now.phases.len();
            self.since = Instant::now();
        }
        match self.screen.style {
            Style::Live => return self.draw(now),
            Style::Lines { phases: false } => {}
            _ => fresh.iter().for_each(|phase| self.line(phase)),
        }
        let is_due = self.is_due(now.wait.map(|(_, seconds)| seconds));
        if let Some(wait) = now.wait.filter(|_| is_due) {
            self.line(&waiting(wait));
        }
        if let Some(request) = now.request.filter(|_| !self.asked) {
            self.asked = true;
            self.line(request);
        }
    }

    fn line(&self, text: &str) {
        match self.screen.style {
            Style::Records => tracing::info!("{text}"),
            _ => self.screen.line(text),
        }
    }

    /// Whether to say how much is left of a wait. One much longer than before is another one.
    fn is_due(&mut self, seconds: Option<u64>) -> bool {
        let before = self.announced;
        let is_due = seconds.is_some_and(|seconds| {
            seconds >= before + LONG_WAIT || seconds + BETWEEN_LINES <= before
        });
        if is_due || seconds.is_none() {
            self.announced = seconds.unwrap_or_default();
        }
        is_due
    }

    /// Draws the live line, if there is something to say, and leaves room for the echo of ^C.
    fn draw(&self, now: &Snapshot) {
        let elapsed = self.since.elapsed();
        let text = describe(now, elapsed);
        if text.is_empty() {
            return self.clear();
        }
        let spinner = SPINNER[elapsed.as_millis() as usize / 100 % SPINNER.len()];
        let room = system::width(&std::io::stderr()).saturating_sub(5);
        let text: String = text.chars().take(room).collect();
        let text = format!("{spinner} {text}");
        let mut live = self.screen.live();
        raw(&format!("{ERASE}{text}"));
        *live = Some(text);
    }

    fn clear(&self) {
        if self.screen.live().take().is_some() {
            raw(ERASE);
        }
    }
}

const SPINNER: [char; 8] = ['⠋', '⠙', '⠸', '⢰', '⣠', '⣄', '⡆', '⠇'];

/// Back to the beginning of the line, which is then empty.
const ERASE: &str = "\r\u{1b}[K";

/// Writes to the terminal. When it is gone there is nobody left to tell.
fn raw(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes());
}

/// The live line. The terminal's width cuts it at the end, so the most telling comes first.
fn describe(now: &Snapshot, elapsed: Duration) -> String {
    let phase = now.phases.last().copied().unwrap_or_default();
    let mut text = match now.total {
        Some(total) if total > 0 => {
            let (done, percent) = (grouped(now.done), now.done.min(total) * 100 / total);
            format!("{phase}  {done} of {}  {percent}%", grouped(total))
        }
        _ if now.done > 0 => format!("{phase}  {}", counted(now.done, "op call")),
        _ => phase.to_owned(),
    };
    if let Some(request) = now.request {
        return format!("{request}  {text}");
    }
    if let Some(wait) = now.wait {
        return format!("{}  {text}", waiting(wait));
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

fn waiting((reason, seconds): (&str, u64)) -> String {
    format!("{reason}; next try in {}", short(seconds))
}

/// How many there are: `1 vault`, `1,234 vaults`.
pub fn counted(count: u64, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", grouped(count))
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
    fn where_lines_stay_a_long_wait_is_said_at_its_start_and_every_ten_minutes() {
        let screen = Screen {
            style: Style::Lines { phases: false },
            live: Arc::default(),
        };
        let mut display = Display {
            screen,
            phases: 0,
            since: Instant::now(),
            announced: 0,
            asked: false,
        };
        let mut lines = |waits: &[Option<u64>]| -> Vec<u64> {
            let mut lines = Vec::new();
            for seconds in waits {
                lines.extend(seconds.filter(|_| display.is_due(*seconds)));
            }
            lines
        };
        assert_eq!(lines(&[Some(2), Some(59), None]), [0; 0]);
        let hour: Vec<_> = (0..=3000).rev().map(Some).collect();
        assert_eq!(lines(&hour), [3000, 2400, 1800, 1200, 600, 0]);
        // Another call waits a little longer; then it is over, and a new one begins.
        assert_eq!(lines(&[None, Some(3000), Some(3002), None]), [3000]);
        assert_eq!(lines(&[Some(70), Some(60), Some(3600)]), [70, 3600]);
    }

    #[test]
    fn the_live_line_leads_with_the_wait_or_the_phase_and_ends_with_the_time_left() {
        let mut now = Snapshot {
            phases: vec!["Reading accounts", "Reading vaults"],
            done: 250,
            total: Some(1000),
            ..Snapshot::default()
        };
        let after = |now: &Snapshot, seconds| describe(now, Duration::from_secs(seconds));
        assert_eq!(
            after(&now, 10),
            "Reading vaults  250 of 1,000  25%  25/s  30 s left"
        );
        now.wait = Some(("rate limit", 2462));
        assert_eq!(
            after(&now, 10),
            "rate limit; next try in 41 min 2 s  Reading vaults  250 of 1,000  25%"
        );
        now = Snapshot {
            phases: vec!["Reading users"],
            done: 1,
            ..Snapshot::default()
        };
        assert_eq!(after(&now, 0), "Reading users  1 op call");
        now.request = Some("look here");
        assert_eq!(after(&now, 4), "look here  Reading users  1 op call");
        now = Snapshot {
            phases: vec!["Saving"],
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
