//! Teams' own policies in Rego, the language of OPA, on the JSON of plans.
//!
//! Rules named `deny`, `violation` and `warn`, or one of these with `_` and more words, are asked in
//! all packages, as conftest does. Modules may be in Rego v1 or in the older form, each by itself.
//! There are no functions that reach outside: neither the network, nor the environment, nor the clock.
//! What they take is bounded in time; what they allocate in that time isn't.

mod answers;
mod mistakes;
mod syntax;

use core::num::NonZeroU32;
use core::time::Duration;

use regorus::utils::limits::ExecutionTimerConfig;
use regorus::{Engine, Value as RegoValue};
use serde_json::Value;

use self::mistakes::mistake;
use self::syntax::{Asked, Syntax};
use crate::diagnostics::{Diagnostic, Diagnostics, FileId, Sources, policy};
use crate::review::verdict::Verdict;

/// Longest time that one rule may take. Policies on plans take milliseconds.
const LIMIT: Duration = Duration::from_secs(3);

/// Steps of evaluation between two looks at the time.
const STEPS: NonZeroU32 = NonZeroU32::new(1000).expect("more than none");

/// Rego modules and their data, ready to judge plans.
#[derive(Clone)]
pub struct Modules {
    engine: Engine,
    asked: Vec<Asked>,
    sources: Sources,
}

impl Modules {
    /// Reads modules, and JSON texts by name that are merged into `data`.
    ///
    /// # Errors
    ///
    /// `policy::rego`: all modules that can't be read, data that isn't an object or says two things of
    /// one, and functions that call themselves, which would never end.
    pub fn read(sources: &Sources, data: &[(String, String)]) -> Result<Self, Diagnostics> {
        let mut engine = Engine::new();
        // What they print would be printed among what we print.
        engine.set_gather_prints(true);
        engine.set_execution_timer_config(ExecutionTimerConfig {
            limit: LIMIT,
            check_interval: STEPS,
        });
        let mut problems = Diagnostics::new();
        for (id, file) in sources.iter() {
            if let Err(why) = add(&mut engine, id, &file.text) {
                problems.push(mistake(&why, sources));
            }
        }
        for (name, text) in data {
            if let Err(why) = engine.add_data_json(text) {
                let detail = format!("`{name}` can't be data of policies: {why}.");
                problems.push(Diagnostic::error(&policy::REGO).detail(detail));
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let syntax = engine.get_ast_as_json();
        let syntax = syntax.map_err(|why| mistake(&why.to_string(), sources))?;
        let syntax = Syntax::read(&syntax).map_err(|why| {
            Diagnostic::error(&policy::REGO).detail(format!("The modules can't be used: {why}."))
        })?;
        if let Some((file, at, name)) = syntax.endless() {
            return Err(endless(file, at, &name).into());
        }
        Ok(Self {
            engine,
            asked: syntax.asked,
            sources: sources.clone(),
        })
    }

    /// Judges a plan by its JSON.
    ///
    /// # Errors
    ///
    /// `policy::rego` for each rule that can't be evaluated, or not in time. Its places are in
    /// [`Modules::sources`].
    pub fn judge(&self, plan: &Value) -> Result<Vec<Verdict>, Diagnostics> {
        let mut engine = self.engine.clone();
        let input = RegoValue::from_json_str(&plan.to_string());
        engine.set_input(input.map_err(|why| mistake(&why.to_string(), &self.sources))?);
        let mut verdicts = Vec::new();
        let mut problems = Diagnostics::new();
        for asked in &self.asked {
            let excepted = asked.exceptions.as_ref();
            let excepted = excepted.map(|query| answer(&mut engine, query));
            match (answer(&mut engine, &asked.query), excepted.transpose()) {
                (Ok(found), Ok(excepted)) => {
                    verdicts.extend(answers::verdicts(asked, &found, excepted.as_ref()));
                }
                (Err(why), _) | (_, Err(why)) => problems.push(mistake(&why, &self.sources)),
            }
        }
        problems.sort();
        if problems.is_empty() {
            Ok(verdicts)
        } else {
            Err(problems)
        }
    }

    /// The files that places of mistakes are in.
    #[must_use]
    pub const fn sources(&self) -> &Sources {
        &self.sources
    }
}

/// Adds a module in whichever form it is; the newer one's mistakes are told where it is neither.
fn add(engine: &mut Engine, id: FileId, text: &str) -> Result<(), String> {
    let name = mistakes::name_of(id);
    engine.set_rego_v0(false);
    let Err(why) = engine.add_policy(name.clone(), text.to_owned()) else {
        return Ok(());
    };
    engine.set_rego_v0(true);
    let older = engine.add_policy(name, text.to_owned());
    // Only the older form has rules without `if`, so that its mistakes are those of such a module.
    let is_older = why.to_string().contains("`if` keyword is required");
    older.map(drop).map_err(|other| match is_older {
        true => other.to_string(),
        false => why.to_string(),
    })
}

/// What a query gives; null where nothing is defined.
fn answer(engine: &mut Engine, query: &str) -> Result<Value, String> {
    let results = engine.eval_query(query.to_owned(), false);
    let results = results.map_err(|why| why.to_string())?;
    let first = results.result.first();
    let value = first.and_then(|result| result.expressions.first());
    let Some(value) = value else {
        return Ok(Value::Null);
    };
    let json = value.value.to_json_str().map_err(|why| why.to_string())?;
    serde_json::from_str(&json).map_err(|why| why.to_string())
}

fn endless(file: FileId, start: usize, name: &str) -> Diagnostic {
    let at = crate::diagnostics::Origin {
        file,
        start,
        end: start + name.len(),
    };
    Diagnostic::error(&policy::REGO)
        .at(at)
        .label("calls itself, directly or by way of others")
        .detail("Rego has no recursion: no such function ends.")
}
