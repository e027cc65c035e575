//! Errors that the driver writes to the kernel's log: `NVRM: Xid (PCI:0000:3b:00): 79, …`.
//!
//! NVML tells them only to those who listen while they happen, so what happened since boot is in
//! the log alone.

use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Read as _};
use std::path::Path;

use crate::fact::Fact;
use crate::facts::Xid;

/// Where the kernel's log is read.
pub const KERNEL_LOG: &str = "/dev/kmsg";

/// Numbers for which a card is refused: memory errors that weren't contained (48, 94, 95), failing
/// processors on the card (62 to 65, 119, 120, 140, 143), broken links (74, 121), and a card that
/// fell off the bus (79). 13, 31, 43 and 45 come from applications.
pub const FATAL_XIDS: [u32; 14] = [48, 62, 63, 64, 65, 74, 79, 94, 95, 119, 120, 121, 140, 143];

/// Bytes that are read at most. The kernel keeps far less.
const LIMIT: usize = 16 << 20;

/// The errors in the text of a log, each once.
pub fn parse_log(text: &str) -> Vec<Xid> {
    let found: BTreeSet<Xid> = text.lines().filter_map(xid).collect();
    found.into_iter().collect()
}

fn xid(line: &str) -> Option<Xid> {
    let rest = line.split("NVRM: Xid (PCI:").nth(1)?;
    let (bus_id, rest) = rest.split_once("):")?;
    let digits = rest.trim_start();
    let end = digits
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(digits.len());
    Some(Xid {
        bus_id: bus_id.to_owned(),
        code: digits[..end].parse().ok()?,
    })
}

/// The errors in a log: the kernel's own, or a file with the output of `dmesg` or `journalctl -k`.
pub fn read_log(path: &Path) -> Fact<Vec<Xid>> {
    match bytes_of(path) {
        Ok(bytes) => Fact::Known(parse_log(&String::from_utf8_lossy(&bytes))),
        Err(error) => Fact::Failed(format!("`{}` can't be read: {error}", path.display())),
    }
}

fn bytes_of(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(target_os = "linux")]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        /// `O_NONBLOCK`: at its end, the kernel's log waits for the next line otherwise.
        const NONBLOCK: i32 = 0o4000;
        options.custom_flags(NONBLOCK);
    }
    let mut file = options.open(path)?;
    let mut bytes = Vec::new();
    // The kernel's log gives one record for each read, which is at most this long.
    let mut record = [0; 8192];
    while bytes.len() < LIMIT {
        match file.read(&mut record) {
            Ok(0) => break,
            Ok(length) => bytes.extend_from_slice(&record[..length]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => break,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            // Records were overwritten while we read; the next read goes on after them.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {}
            Err(error) => return Err(error),
        }
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_error_is_found_once_whatever_stands_before_it() {
        let log = "4,12,1,-;NVRM: Xid (PCI:0000:3b:00): 79, pid=12, GPU has fallen off the bus.\n\
                   [  3.1] NVRM: Xid (PCI:0000:3b:00): 79, again\n\
                   [  3.2] NVRM: Xid (PCI:0000:1a:00): 13, Graphics Exception\n\
                   NVRM: Xid (PCI:0000:1a:00): many\nNVRM: loading\n";
        let found: Vec<(String, u32)> = parse_log(log)
            .into_iter()
            .map(|xid| (xid.bus_id, xid.code))
            .collect();
        assert_eq!(
            found,
            [("0000:1a:00".to_owned(), 13), ("0000:3b:00".to_owned(), 79)]
        );
    }

    #[test]
    fn a_log_that_cannot_be_read_says_so() {
        let found = read_log(Path::new("/nonexistent/kmsg"));
        let reason = "`/nonexistent/kmsg` can't be read: No such file or directory (os error 2)";
        assert_eq!(found, Fact::Failed(reason.to_owned()));
    }
}
