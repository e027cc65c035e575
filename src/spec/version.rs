//! `required_version`: which versions of mlinfra a spec is made for.

type Version = (u64, u64, u64);

/// Whether a version meets all of `">= 0.1, < 2"`; `None` when that can't be read.
pub(super) fn meets(version: &str, wanted: &str) -> Option<bool> {
    let (version, _) = parse(version)?;
    let parts = wanted.split(',').map(|part| one(version, part.trim()));
    parts
        .collect::<Option<Vec<_>>>()
        .map(|all| all.into_iter().all(|met| met))
}

fn one(version: Version, part: &str) -> Option<bool> {
    let digits = part.find(|c: char| c.is_ascii_digit())?;
    let (operator, number) = part.split_at(digits);
    let (wanted, given) = parse(number)?;
    Some(match operator.trim() {
        "" | "=" => version == wanted,
        "!=" => version != wanted,
        ">" => version > wanted,
        ">=" => version >= wanted,
        "<" => version < wanted,
        "<=" => version <= wanted,
        // `~> 1.2` is `>= 1.2, < 2`; `~> 1.2.3` is `>= 1.2.3, < 1.3`.
        "~>" if given == 3 => version >= wanted && version < (wanted.0, wanted.1 + 1, 0),
        "~>" => version >= wanted && version < (wanted.0 + 1, 0, 0),
        _ => return None,
    })
}

/// A version and how many of its parts were given.
fn parse(text: &str) -> Option<(Version, usize)> {
    let parts: Vec<u64> = text
        .trim()
        .split('.')
        .map(|p| p.parse::<u32>().ok().map(u64::from))
        .collect::<Option<_>>()?;
    let part = |i: usize| parts.get(i).copied().unwrap_or(0);
    (1..=3)
        .contains(&parts.len())
        .then(|| ((part(0), part(1), part(2)), parts.len()))
}

#[cfg(test)]
mod tests {
    use super::meets;

    #[test]
    fn constraints_are_all_met_or_not() {
        for (wanted, met) in [
            (">= 0.1", Some(true)),
            (">= 0.1, < 0.2", Some(true)),
            ("~> 0.1", Some(true)),
            ("~> 0.0.9", Some(false)),
            ("1", Some(false)),
            ("!= 0.1.0", Some(false)),
            ("=> 1", None),
            ("", None),
            ("> 1.2.3.4", None),
        ] {
            assert_eq!(meets("0.1.0", wanted), met, "{wanted}");
        }
    }
}
