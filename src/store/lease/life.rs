//! Whether the process that holds a lease is still there.
//!
//! A process that was killed can't give its lease back. Where it can be known that it is gone, nobody
//! needs to wait until its time is over.

/// What tells a process of this machine from all that had or will have its number: the boot of the machine, the
/// namespace in which the number counts, and when the process began. `None` where the system doesn't
/// say.
#[must_use]
pub(super) fn of(process: u32) -> Option<String> {
    Some(format!("{} {}", place()?, stat(process)?.began))
}

/// Whether a process is known to be gone, by its number and what [`of`] told of it. One on another
/// machine or in another container is never known to be.
#[must_use]
pub(super) fn is_over(process: u32, life: &str) -> bool {
    let Some((was, began)) = life.rsplit_once(' ') else {
        return false;
    };
    if place().as_deref() != Some(was) {
        return false;
    }
    // A process of another user may be hidden in `/proc`, but its number is taken.
    let Some(pid) = i32::try_from(process)
        .ok()
        .and_then(rustix::process::Pid::from_raw)
    else {
        return false;
    };
    if rustix::process::test_kill_process(pid) == Err(rustix::io::Errno::SRCH) {
        return true;
    }
    stat(process).is_some_and(|now| now.is_dead || now.began != began)
}

/// The boot of the machine and the namespace of process numbers.
fn place() -> Option<String> {
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let namespace = std::fs::read_link("/proc/self/ns/pid").ok()?;
    Some(format!("{} {}", boot.trim(), namespace.to_str()?))
}

/// What `/proc/PID/stat` tells (proc_pid_stat(5)).
struct Stat {
    /// In ticks since the boot.
    began: String,
    /// Whether it is dead and its parent hasn't asked for its exit code yet.
    is_dead: bool,
}

fn stat(process: u32) -> Option<Stat> {
    let text = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The second field is the program's name in parentheses, which may have any character.
    let (_, rest) = text.rsplit_once(')')?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    // Fields 3 and 22.
    Some(Stat {
        began: (*fields.get(19)?).to_owned(),
        is_dead: matches!(*fields.first()?, "Z" | "X"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_lives_and_one_that_began_at_another_time_is_over() {
        let own = std::process::id();
        let Some(life) = of(own) else { return };
        assert!(!is_over(own, &life));
        assert!(is_over(own, &format!("{life}0")));
        assert!(!is_over(own, &format!("other {life}")));
        assert!(!is_over(own, ""));
    }

    #[test]
    fn a_process_that_was_killed_is_over_before_its_parent_knows() {
        let mut child = std::process::Command::new("sleep")
            .arg("60")
            .spawn()
            .unwrap();
        let number = child.id();
        let life = of(number);
        child.kill().unwrap();
        let was_told = |life: &String| !is_over(number, life);
        while life.as_ref().is_some_and(was_told) {
            std::thread::yield_now();
        }
        child.wait().unwrap();
        assert!(life.is_none_or(|life| is_over(number, &life)));
    }
}
