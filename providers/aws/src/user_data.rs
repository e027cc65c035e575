//! User data with a lifetime: a script of mlinfra's that shuts the machine down in time goes with
//! whatever the spec has. As shutting down ends such an instance, the cloud does it even when nobody
//! is left to.
//!
//! ```text
//! MIME-Version: 1.0
//! Content-Type: multipart/mixed; boundary="mlinfra-lifetime-480"
//!
//! --mlinfra-lifetime-480
//! Content-Type: text/cloud-boothook; charset="us-ascii"
//! …
//! ```

/// EC2 takes no more, before base64.
pub(crate) const MOST_BYTES: usize = 16 * 1024;

/// The multipart text for user data and minutes of lifetime; the user data alone without one.
pub(crate) fn wrap(user_data: &str, minutes: u64) -> String {
    if minutes == 0 {
        return user_data.to_owned();
    }
    let boundary = boundary(user_data, minutes);
    let mut text = format!(
        "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"{boundary}\"\n\n\
         --{boundary}\nContent-Type: text/cloud-boothook; charset=\"us-ascii\"\n\n{}",
        hook(minutes)
    );
    if !user_data.is_empty() {
        text.push_str(&format!(
            "--{boundary}\n{}{user_data}\n",
            part_head(user_data)
        ));
    }
    text.push_str(&format!("--{boundary}--\n"));
    text
}

/// Cloud-init runs it early in every boot. A restart doesn't begin the lifetime anew, as the end is
/// kept in a file.
fn hook(minutes: u64) -> String {
    format!(
        "#!/bin/sh\n\
         end=/var/lib/mlinfra-end\n\
         [ -s \"$end\" ] || echo $(($(date +%s) + 60 * {minutes})) > \"$end\"\n\
         left=$((($(cat \"$end\") - $(date +%s) + 59) / 60))\n\
         [ \"$left\" -gt 0 ] || left=0\n\
         shutdown -P \"+$left\"\n"
    )
}

/// Of a part of type `text/plain` cloud-init finds the kind by its first line. User data that is a
/// multipart itself has its own head.
fn part_head(user_data: &str) -> &'static str {
    let begins = |begin: &str| {
        let head = user_data.get(..begin.len());
        head.is_some_and(|head| head.eq_ignore_ascii_case(begin))
    };
    if begins("MIME-Version:") || begins("Content-Type:") {
        ""
    } else {
        "Content-Type: text/plain; charset=\"utf-8\"\n\n"
    }
}

/// A line that no line of the user data begins with.
fn boundary(user_data: &str, minutes: u64) -> String {
    let mut boundary = format!("mlinfra-lifetime-{minutes}");
    while user_data.contains(&boundary) {
        boundary.push('x');
    }
    boundary
}

/// The user data and the minutes that a text was made of; text that wasn't is user data.
pub(crate) fn unwrap(text: &str) -> (String, u64) {
    parts(text).unwrap_or_else(|| (text.to_owned(), 0))
}

fn parts(text: &str) -> Option<(String, u64)> {
    let (_, rest) = text.split_once("boundary=\"mlinfra-lifetime-")?;
    let (digits, _) = rest.split_once('"')?;
    let minutes: u64 = digits.trim_end_matches('x').parse().ok()?;
    let boundary = format!("--mlinfra-lifetime-{digits}\n");
    let close = format!("\n--mlinfra-lifetime-{digits}--\n");
    let mut parts = text.split(&boundary);
    let user_data = match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(_), Some(_), None, None) => "",
        (Some(_), Some(_), Some(part), None) => {
            let part = part.strip_suffix(&close)?;
            let plain = "Content-Type: text/plain; charset=\"utf-8\"\n\n";
            part.strip_prefix(plain).unwrap_or(part)
        }
        _ => return None,
    };
    // Only what would be made again is read as such.
    (wrap(user_data, minutes) == text).then(|| (user_data.to_owned(), minutes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(user_data: &str, minutes: u64) {
        let text = wrap(user_data, minutes);
        assert_eq!(unwrap(&text), (user_data.to_owned(), minutes), "{text}");
    }

    #[test]
    fn user_data_and_lifetime_are_read_back() {
        for minutes in [0, 1, 480] {
            for user_data in [
                "",
                "#!/bin/sh\necho hello\n",
                "#cloud-config\npackages: [git]",
                "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"x\"\n\n--x--\n",
                "--mlinfra-lifetime-480\n",
                "boundary=\"mlinfra-lifetime-1\"",
                "é\r\n",
            ] {
                check(user_data, minutes);
            }
        }
    }

    #[test]
    fn a_lifetime_within_a_lifetime_is_the_outer_one() {
        let inner = wrap("#!/bin/sh\n", 60);
        check(&inner, 30);
    }

    #[test]
    fn a_text_that_was_changed_by_hand_is_user_data() {
        let changed = wrap("#!/bin/sh\n", 60).replace("60 *", "600 *");
        assert_eq!(unwrap(&changed), (changed.clone(), 0));
    }

    #[test]
    fn the_script_comes_first_and_shuts_down() {
        let expected = "MIME-Version: 1.0\n\
            Content-Type: multipart/mixed; boundary=\"mlinfra-lifetime-90\"\n\n\
            --mlinfra-lifetime-90\n\
            Content-Type: text/cloud-boothook; charset=\"us-ascii\"\n\n\
            #!/bin/sh\n\
            end=/var/lib/mlinfra-end\n\
            [ -s \"$end\" ] || echo $(($(date +%s) + 60 * 90)) > \"$end\"\n\
            left=$((($(cat \"$end\") - $(date +%s) + 59) / 60))\n\
            [ \"$left\" -gt 0 ] || left=0\n\
            shutdown -P \"+$left\"\n\
            --mlinfra-lifetime-90\n\
            Content-Type: text/plain; charset=\"utf-8\"\n\n\
            #!/bin/sh\necho\n\n\
            --mlinfra-lifetime-90--\n";
        assert_eq!(wrap("#!/bin/sh\necho\n", 90), expected);
    }
}
