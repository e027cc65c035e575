/// The word among `known` that was most likely meant, if one is near enough.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Long names are only compared up to here: hostile ones would make the distance costly.
    const LONGEST: usize = 64;
    if word.len() > LONGEST {
        return None;
    }
    known
        .into_iter()
        .filter(|k| k.len() <= LONGEST)
        .map(|k| (strsim::damerau_levenshtein(word, k), k))
        .filter(|(distance, k)| *distance <= (k.chars().count().max(3) / 3).min(3))
        .min()
        .map(|(_, k)| k)
}

/// `a`, `b` and `c`, each in backticks, at most eight of them.
pub(crate) fn list<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    const SHOWN: usize = 8;
    let words: Vec<_> = words.into_iter().collect();
    let mut shown: Vec<_> = words.iter().take(SHOWN).map(|w| format!("`{w}`")).collect();
    match words.len().saturating_sub(SHOWN) {
        0 => {}
        more => shown.push(format!("{more} more")),
    }
    match shown.split_last() {
        None => String::new(),
        Some((only, [])) => only.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}

/// "did you mean `x`? " when a word is near, then the whole list when it is short.
pub(crate) fn hint<'a>(
    word: &str,
    known: impl IntoIterator<Item = &'a str> + Clone,
    lead: &str,
) -> Option<String> {
    let near = nearest(word, known.clone());
    let all = list(known);
    match (near, all.is_empty()) {
        (Some(near), _) => Some(format!("did you mean `{near}`? {lead} {all}.")),
        (None, false) => Some(format!("{} {all}.", lower_first(lead))),
        (None, true) => None,
    }
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|c| c.to_lowercase().to_string());
    first.unwrap_or_default() + chars.as_str()
}
