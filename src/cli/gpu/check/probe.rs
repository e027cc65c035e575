//! Running the stage's own probe, and watching how much memory it takes.

use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use mlinfra_provider_nvml::{Check, Library, Outcome, size};

use super::plan::Probe;
use crate::cli::Io;
use crate::cli::gpu::interrupt::Interrupt;
use crate::diagnostics::{Diagnostic, gpu as codes};
use crate::render::text::inert_line;

/// Time between two looks at the memory. Frameworks keep what they once had, so that a short peak
/// inside them is seen later too.
const EVERY: Duration = Duration::from_millis(100);

/// What came of a probe.
#[derive(Debug)]
struct Watched {
    /// How it ended; `None` when it was interrupted.
    status: Option<ExitStatus>,
    /// Most bytes in use, by card.
    peaks: Vec<(u32, u64)>,
}

/// Runs a probe to its end; what came of it is one more check.
///
/// What the probe prints goes to standard error: standard output is for the checks.
///
/// # Errors
///
/// `gpu::cannot-probe` when it can't be started.
pub(super) fn run(probe: &Probe, library: &Library, io: &mut Io) -> Result<Vec<Check>, Diagnostic> {
    let words = inert_line(&probe.argv.join(" "));
    io.note(&format!("Running the probe: {words}\n"));
    // Listening before there is a child: an interrupt in between would leave it alone.
    let interrupt = Interrupt::listen();
    let cannot = |error: std::io::Error| {
        let program = probe.argv.first().map_or("", String::as_str);
        Diagnostic::error(&codes::CANNOT_PROBE).detail(format!("`{program}`: {error}."))
    };
    let (program, arguments) = probe
        .argv
        .split_first()
        .ok_or_else(|| cannot(std::io::ErrorKind::NotFound.into()))?;
    let mut command = Command::new(program);
    command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(std::io::stderr());
    // A group of its own, so that what it starts can be ended with it.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut child = command.spawn().map_err(cannot)?;
    let watched = watch(&mut child, library, &interrupt).map_err(cannot)?;
    Ok(judge(&watched, probe.usable_bytes))
}

#[expect(
    clippy::disallowed_methods,
    reason = "the command line is where time comes from"
)]
fn watch(child: &mut Child, library: &Library, interrupt: &Interrupt) -> std::io::Result<Watched> {
    let mut peaks: Vec<(u32, u64)> = Vec::new();
    loop {
        let next = Instant::now() + EVERY;
        for sample in library.sample() {
            let used = sample.used().unwrap_or(0);
            match peaks.iter_mut().find(|(index, _)| *index == sample.index) {
                Some((_, peak)) => *peak = used.max(*peak),
                None => peaks.push((sample.index, used)),
            }
        }
        let status = child.try_wait()?;
        if status.is_some() {
            return Ok(Watched { status, peaks });
        }
        if interrupt.wait_until(next) {
            end(child)?;
            return Ok(Watched {
                status: None,
                peaks,
            });
        }
    }
}

/// Ends the probe with all that it has started: workers left alone would keep the cards' memory.
#[cfg(unix)]
#[expect(
    clippy::disallowed_methods,
    reason = "the command line is where time comes from"
)]
fn end(child: &mut Child) -> std::io::Result<()> {
    use rustix::process::{Pid, Signal, kill_process_group};
    /// Time to write down what there is, as containers give it.
    const GRACE: Duration = Duration::from_secs(5);
    let group = Pid::from_child(child);
    // The group is gone when all of it has ended, which is what is wanted.
    let _ = kill_process_group(group, Signal::TERM);
    let patience = Instant::now() + GRACE;
    while child.try_wait()?.is_none() && Instant::now() < patience {
        std::thread::sleep(Duration::from_millis(20));
    }
    let _ = kill_process_group(group, Signal::KILL);
    child.wait().map(drop)
}

#[cfg(not(unix))]
fn end(child: &mut Child) -> std::io::Result<()> {
    child.kill()?;
    child.wait().map(drop)
}

/// One check for the probe itself and one for each card's peak.
fn judge(watched: &Watched, usable: Option<u64>) -> Vec<Check> {
    let check = |name, gpu, outcome, found: String| Check {
        name,
        gpu,
        outcome,
        required: true,
        found,
        expected: String::new(),
        reason: String::new(),
    };
    let ended = match watched.status {
        None => "interrupted".to_owned(),
        Some(status) => status.to_string(),
    };
    let well = watched.status.is_some_and(|status| status.success());
    let outcome = if well { Outcome::Pass } else { Outcome::Fail };
    let mut checks = vec![Check {
        reason: if well {
            String::new()
        } else {
            "the probe didn't end well".to_owned()
        },
        ..check("probe", None, outcome, ended)
    }];
    for (index, peak) in &watched.peaks {
        let over = usable.is_some_and(|usable| *peak > usable);
        let outcome = if over { Outcome::Fail } else { Outcome::Pass };
        checks.push(Check {
            expected: usable
                .map(|usable| format!("at most {}", size(usable)))
                .unwrap_or_default(),
            reason: if over {
                "more memory than programs can have".to_owned()
            } else {
                String::new()
            },
            ..check("probe-peak", Some(*index), outcome, size(*peak))
        });
    }
    checks
}
