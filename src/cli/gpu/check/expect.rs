//! `--expect KEY=VALUE`: what a node has to be like, in words.

use mlinfra_provider_nvml::{Expectation, Mig};

use super::{Catalogs, bought};
use crate::catalog::Gpu;
use crate::diagnostics::{Diagnostic, gpu::WRONG_EXPECTATION};
use crate::spec::suggestion;
use crate::units::Bytes;

pub(super) const HELP: &str = "\
Expectations:
  gpu=A30           a GPU of the catalogs, or a family of them
  product=NAME      a product as NVML calls it, up to the end of a word
  count=4           so many GPUs; with `mig=1g.6gb` so many parts of that kind
  memory=24GiB      so much memory on each, or at most 3 % less
  free=20GiB        so much free memory on each
  mig=off           GPUs that aren't divided; `mig=1g.6gb`: divided into these
  nvlink=true       all NVLink links up, and all GPUs reach each other
  ecc=true          error-correcting memory that is on
  cuda=12           programs that were built with this CUDA run
  driver=535        this driver or a newer one";

const KEYS: [&str; 10] = [
    "gpu", "product", "count", "memory", "free", "mig", "nvlink", "ecc", "cuda", "driver",
];

/// Adds all expectations of a command line; of two with the same key the later one counts.
///
/// # Errors
///
/// `gpu::wrong-expectation`, of the first that isn't one.
pub(super) fn add(
    words: &[String],
    catalogs: Catalogs<'_>,
    into: &mut Expectation,
) -> Result<(), Diagnostic> {
    for word in words {
        let Some((key, value)) = word.split_once('=') else {
            return Err(wrong(word, "has no `=`.").hint("write it as `KEY=VALUE`, like `count=4`"));
        };
        one(key, value, word, catalogs, into)?;
    }
    Ok(())
}

fn one(
    key: &str,
    value: &str,
    word: &str,
    catalogs: Catalogs<'_>,
    into: &mut Expectation,
) -> Result<(), Diagnostic> {
    match key {
        "gpu" => named(value, word, catalogs, into)?,
        "product" if !value.trim().is_empty() => into.products = vec![value.to_owned()],
        "product" => return Err(wrong(word, "names no product.")),
        "count" => {
            let count = value.parse().ok().filter(|count| *count > 0);
            let why = "needs a whole number of at least 1.";
            into.count = Some(count.ok_or_else(|| wrong(word, why))?);
        }
        "memory" => into.memory_total = Some(bytes(value, word)?),
        "free" => into.memory_free = Some(bytes(value, word)?),
        "mig" => into.mig = Some(mig(value, word)?),
        "nvlink" => into.nvlink = flag(value, word)?,
        "ecc" => into.ecc = flag(value, word)?,
        "cuda" => into.cuda = Some(cuda(value, word)?),
        "driver" => into.driver = Some(version(value, word)?),
        _ => return Err(unknown_key(key, word)),
    }
    Ok(())
}

fn wrong(word: &str, why: &str) -> Diagnostic {
    Diagnostic::error(&WRONG_EXPECTATION).detail(format!("`--expect {word}` {why}"))
}

fn unknown_key(key: &str, word: &str) -> Diagnostic {
    let error = wrong(word, &format!("names `{key}`, which can't be expected."));
    match suggestion(key, KEYS, "The keys are") {
        Some(hint) => error.hint(hint),
        None => error,
    }
}

/// A GPU of the catalogs: its products, its memory and its generation.
fn named(
    value: &str,
    word: &str,
    catalogs: Catalogs<'_>,
    into: &mut Expectation,
) -> Result<(), Diagnostic> {
    let catalog = catalogs()?;
    let all: Vec<&Gpu> = catalog.gpus().map(|(_, gpu)| gpu).collect();
    let meant: Vec<&Gpu> = all
        .iter()
        .copied()
        .filter(|gpu| gpu.answers_to(value))
        .collect();
    if meant.is_empty() {
        let error = wrong(word, &format!("names `{value}`, which no catalog has."));
        let near = all
            .iter()
            .map(|gpu| (strsim::jaro_winkler(&gpu.name, value), &gpu.name));
        let near = near.filter(|(alike, _)| *alike > 0.7);
        let error = match near.max_by(|a, b| a.0.total_cmp(&b.0)) {
            Some((_, name)) => error.hint(format!("did you mean `{name}`?")),
            None => error,
        };
        return Err(error.hint("name a product that no catalog has with `--expect product=NAME`"));
    }
    bought::expect(&meant, into);
    Ok(())
}

fn bytes(value: &str, word: &str) -> Result<u64, Diagnostic> {
    let size = Bytes::parse(value);
    size.map(Bytes::get)
        .map_err(|error| wrong(word, &format!("isn't a size: {error}.")))
}

fn flag(value: &str, word: &str) -> Result<bool, Diagnostic> {
    match value {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(wrong(word, "needs `true` or `false`.")),
    }
}

/// `off`, or a profile: slices and memory, perhaps with marks such as `+me`.
fn mig(value: &str, word: &str) -> Result<Mig, Diagnostic> {
    if value == "off" {
        return Ok(Mig::Off);
    }
    let parts = value.split_once("g.");
    let valid = parts.is_some_and(|(slices, memory)| {
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        // `1c.3g.20gb` is one compute slice of a larger part.
        let slices = slices.rsplit("c.").next().unwrap_or(slices);
        let size = memory.split('+').next().unwrap_or(memory);
        digits(slices) && size.strip_suffix("gb").is_some_and(digits)
    });
    if valid {
        return Ok(Mig::Profile(value.to_owned()));
    }
    Err(wrong(word, "needs `off` or a profile such as `1g.6gb`."))
}

fn version(value: &str, word: &str) -> Result<Vec<u32>, Diagnostic> {
    let parts: Result<Vec<u32>, _> = value.split('.').map(str::parse).collect();
    parts.map_err(|_| wrong(word, "needs a version such as `535` or `535.104.05`."))
}

fn cuda(value: &str, word: &str) -> Result<(u32, Option<u32>), Diagnostic> {
    match version(value, word)?[..] {
        [major] => Ok((major, None)),
        [major, minor] => Ok((major, Some(minor))),
        _ => Err(wrong(word, "needs a version such as `12` or `12.4`.")),
    }
}
