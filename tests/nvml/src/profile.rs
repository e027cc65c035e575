//! What the library says.
//!
//! ```json
//! {"base": "a30-4.json", "gpus": {"2": {"ecc_volatile": 3, "temperature": {"error": 15}}}}
//! ```
//!
//! A profile is the `base` with its own members in place of the base's, and with the members of
//! `gpus` in place of those of the cards with these indices. `card` with `cards` says how many alike
//! there are. A member that isn't there is unsupported, `{"error": 15}` is that return code, and of a
//! list each call takes the next value.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, OnceLock};

use nvml_wrapper_sys::bindings::{
    nvmlReturn_enum_NVML_ERROR_NOT_SUPPORTED, nvmlReturn_enum_NVML_ERROR_UNKNOWN, nvmlReturn_t,
};
use serde_json::{Map, Value};

const VARIABLE: &str = "MLINFRA_FAKE_NVML_PROFILE";

static PROFILE: OnceLock<Value> = OnceLock::new();
static CALLS: Mutex<BTreeMap<String, usize>> = Mutex::new(BTreeMap::new());

/// A value, or the code to return instead.
pub(crate) type Said<T> = Result<T, nvmlReturn_t>;

fn profile() -> &'static Value {
    PROFILE.get_or_init(|| {
        let path = std::env::var_os(VARIABLE).unwrap_or_default();
        read(Path::new(&path))
    })
}

fn read(path: &Path) -> Value {
    let text = std::fs::read_to_string(path)
        .unwrap_or_else(|error| panic!("{VARIABLE}={}: {error}", path.display()));
    let mut profile: Value =
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let Some(base) = profile["base"].as_str() else {
        return profile;
    };
    let mut whole = read(&path.with_file_name(base));
    merge(&mut whole, profile.take());
    whole
}

fn merge(into: &mut Value, from: Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (key, value) in from {
                merge(into.entry(key).or_insert(Value::Null), value);
            }
        }
        (into, from) => *into = from,
    }
}

/// A member of the machine.
pub(crate) fn node(name: &str) -> Said<Value> {
    resolve(profile().get(name), name)
}

/// How many cards can be opened.
pub(crate) fn cards() -> usize {
    let cards = profile()["cards"].as_u64().unwrap_or(1);
    usize::try_from(cards).unwrap_or(0)
}

/// A member of a card: its own, else that of all cards.
pub(crate) fn card(index: usize, name: &str) -> Said<Value> {
    let own = profile()["gpus"][index.to_string()].get(name);
    let value = own.or_else(|| profile()["card"].get(name));
    resolve(value, &format!("{index} {name}"))
}

fn resolve(value: Option<&Value>, key: &str) -> Said<Value> {
    match value {
        None | Some(Value::Null) => Err(nvmlReturn_enum_NVML_ERROR_NOT_SUPPORTED),
        Some(Value::Object(object)) => {
            error_in(object).map_or(Ok(Value::Object(object.clone())), Err)
        }
        Some(Value::Array(steps)) if key.ends_with("over_time") => {
            let mut calls = CALLS
                .lock()
                .map_err(|_| nvmlReturn_enum_NVML_ERROR_UNKNOWN)?;
            let call = calls.entry(key.to_owned()).or_insert(0);
            let step = steps.get(*call % steps.len().max(1));
            *call += 1;
            step.cloned().ok_or(nvmlReturn_enum_NVML_ERROR_UNKNOWN)
        }
        Some(value) => Ok(value.clone()),
    }
}

fn error_in(object: &Map<String, Value>) -> Option<nvmlReturn_t> {
    let code = object.get("error")?.as_u64()?;
    Some(nvmlReturn_t::try_from(code).unwrap_or(nvmlReturn_enum_NVML_ERROR_UNKNOWN))
}

/// A whole number.
pub(crate) fn number(value: &Value) -> Said<u64> {
    let flag = value.as_bool().map(u64::from);
    value
        .as_u64()
        .or(flag)
        .ok_or(nvmlReturn_enum_NVML_ERROR_UNKNOWN)
}

/// A whole number of half the size, cut to it.
pub(crate) fn small(value: &Value) -> Said<u32> {
    Ok(u32::try_from(number(value)?).unwrap_or(u32::MAX))
}
