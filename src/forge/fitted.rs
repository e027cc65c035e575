//! Comments that are as long as a forge takes.

use super::place::Forge;

/// How often a shorter text is asked for before it is cut.
const TRIES: usize = 4;

/// What stands at the end of a text that had to be cut.
const CUT: &str = "\n\n*Shortened, since a comment can't be longer.*\n";

/// The text that follows `head`, of which a forge carries nothing out and which is short enough.
/// `text` makes it in at most so many characters, as well as it can.
pub fn fitted(forge: &dyn Forge, head: &str, text: impl Fn(usize) -> String) -> String {
    let room = forge.limit().saturating_sub(units(head) + 1);
    let mut limit = room;
    for _ in 0..TRIES {
        let made = forge.inert(text(limit));
        let length = units(&made);
        if length <= room {
            return made;
        }
        // In proportion, since some characters count twice and others once.
        limit = limit.saturating_mul(room) / length;
    }
    cut(&forge.inert(text(limit)), room)
}

/// Whole lines from the beginning of a text.
fn cut(text: &str, room: usize) -> String {
    let room = room.saturating_sub(units(CUT));
    let mut taken = 0;
    let mut out = String::new();
    for line in text.split_inclusive('\n') {
        taken += units(line);
        if taken > room {
            break;
        }
        out.push_str(line);
    }
    out + CUT
}

/// Length as JavaScript and Java count it: more than characters, fewer than bytes.
fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

#[cfg(test)]
mod tests {
    use super::super::failure::Failure;
    use super::super::place::Comment;
    use super::*;

    /// A forge that takes a hundred units.
    struct Hundred;

    impl Forge for Hundred {
        fn limit(&self) -> usize {
            100
        }
        fn author(&self) -> Result<String, Failure> {
            Ok(String::new())
        }
        fn comments(&self) -> Result<Vec<Comment>, Failure> {
            Ok(Vec::new())
        }
        fn create(&self, _: &str) -> Result<Comment, Failure> {
            Err(Failure::NotFound(String::new()))
        }
        fn edit(&self, _: &Comment, _: &str) -> Result<(), Failure> {
            Ok(())
        }
        fn delete(&self, _: &Comment) -> Result<(), Failure> {
            Ok(())
        }
        fn hide(&self, _: &Comment) -> Result<(), Failure> {
            Ok(())
        }
        fn back_off(&self, _: u32) -> bool {
            false
        }
        fn nonce(&self) -> String {
            String::new()
        }
    }

    #[test]
    fn what_fits_is_left() {
        let text = fitted(&Hundred, "head", |limit| "x".repeat(limit));
        assert_eq!(text, "x".repeat(95));
    }

    #[test]
    fn characters_that_count_twice_get_half_the_room() {
        let text = fitted(&Hundred, "head", |limit| "🌈".repeat(limit));
        assert_eq!(text, "🌈".repeat(47));
        let text = fitted(&Hundred, "head", |limit| "🌈".repeat(limit.min(60)));
        assert_eq!(text, "🌈".repeat(47));
    }

    #[test]
    fn a_text_that_doesnt_get_shorter_is_cut_after_a_line() {
        let text = fitted(&Hundred, "head", |_| "0123456789012345678\n".repeat(50));
        assert_eq!(text, format!("{}{CUT}", "0123456789012345678\n".repeat(2)));
        assert!(units(&text) <= 95);
    }
}
