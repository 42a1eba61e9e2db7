//! Reads a password: from standard input, or from the person at the terminal, without echo.

use std::io;

use super::system;
use crate::secret::Secret;
use crate::settings::{Error, Password};

/// The password itself; an error when standard input gives none. `whose` completes the sentence
/// "Password of …". Dropping the future ends a prompt and restores the terminal.
pub async fn password(from: Password, whose: &str) -> Result<Secret, Error> {
    let text = match from {
        Password::Stdin => line().await,
        Password::Prompt => system::ask(format!("Password of {whose}: ")).await,
    };
    let fault = |why: &str| Error(vec![format!("no password on standard input: {why}")]);
    match text {
        Err(error) => Err(fault(&error.to_string())),
        Ok(secret) if secret.is_empty() => Err(fault("it is empty")),
        Ok(secret) => Ok(secret),
    }
}

/// The first line of standard input; an error when it is longer than any secret.
pub async fn line() -> io::Result<Secret> {
    on_thread(|| Secret::of_first_line(io::stdin().lock())).await
}

/// Reads on a thread of its own, for which nothing waits when the run is stopped.
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
