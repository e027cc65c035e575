//! Asks a person before anything is done.

use std::io::{BufRead as _, IsTerminal as _};
use std::time::Duration;

use tokio::sync::oneshot;

use super::super::Io;
use super::time::{Signals, System};
use super::{Either, first_of};
use crate::applying::{Clock as _, Stop as _};
use crate::store::vault::{Vault, VaultError};

/// How often the lease is renewed while somebody thinks.
const RENEW: Duration = Duration::from_secs(15);

/// What came of asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Go on.
    Yes,
    /// Anything else was typed, or a signal came.
    No,
    /// There is nobody to ask.
    Nobody,
}

/// Asks for a word, and keeps the lease meanwhile.
pub(crate) async fn ask(
    question: &str,
    word: &str,
    io: &mut Io,
    vault: &mut Vault<'_>,
    signals: &Signals,
) -> Result<Answer, VaultError> {
    if !std::io::stdin().is_terminal() {
        return Ok(Answer::Nobody);
    }
    io.note(&format!("\n{question}\nType `{word}` to go on: "));
    let (sender, mut answer) = oneshot::channel();
    // A thread of its own: it may wait for ever, and ends with the process.
    drop(std::thread::spawn(move || {
        let mut line = String::new();
        let read = std::io::stdin().lock().read_line(&mut line);
        drop(sender.send(read.map(|_| line)));
    }));
    loop {
        let pause = first_of(signals.wait(), System.sleep(RENEW));
        match first_of(&mut answer, pause).await {
            Either::First(Ok(Ok(line))) if line.trim() == word => return Ok(Answer::Yes),
            Either::First(_) => return Ok(Answer::No),
            Either::Second(Either::First(())) => {
                io.note("\n");
                return Ok(Answer::No);
            }
            Either::Second(Either::Second(())) => vault.renew(System.now()).await?,
        }
    }
}
