//! Reads a password: from standard input, or from the person at the terminal, without echo.

use std::io;

use super::system;
use crate::secret::Secret;
use crate::settings::{Error, Password};

/// The password itself. `whose` completes the sentence "Password of …".
///
/// Dropping the future ends a prompt and restores the terminal.
///
/// # Errors
/// When standard input gives no password.
pub async fn password(from: Password, whose: &str) -> Result<Secret, Error> {
    let text = match from {
        Password::Stdin => line().await,
        Password::Prompt => system::ask(format!("Password of {whose}: ")).await,
    };
    let fault = |why: String| Error(vec![format!("no password on standard input: {why}")]);
    let secret = text.map_err(|error| fault(error.to_string()))?;
    match secret.is_empty() {
        true => Err(fault("it is empty".to_owned())),
        false => Ok(secret),
    }
}

/// The first line of standard input.
///
/// # Errors
/// The input cannot be read, or the line is longer than any secret.
pub async fn line() -> io::Result<Secret> {
    on_thread(|| Secret::of_first_line(io::stdin().lock())).await
}

/// Reads on a thread of its own: nothing waits for it when the run is stopped before the input
/// ends.
pub(super) async fn on_thread(
    read: impl FnOnce() -> io::Result<Secret> + Send + 'static,
) -> io::Result<Secret> {
    let (sender, receiver) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        let _ = sender.send(read());
    });
    let read = receiver.await;
    read.unwrap_or_else(|_| Err(io::ErrorKind::UnexpectedEof.into()))
}
