//! Rego where it is built in, and a word to those who need it where it isn't.

use serde_json::Value;

use crate::cli::Report;
#[cfg(feature = "rego")]
use crate::diagnostics::Diagnostics;
use crate::review::verdict::Verdict;
use crate::store::policy_files::PolicyFiles;

/// Stack of the thread that evaluates: rules may need many others one after another, each some kilobytes
/// deep. What isn't used of it takes no memory.
#[cfg(feature = "rego")]
const STACK: usize = 256 << 20;

/// The Rego modules of an organisation, if it has any.
#[derive(Default)]
pub(super) struct Rego {
    #[cfg(feature = "rego")]
    modules: Option<crate::review::policy::rego::Modules>,
}

#[cfg(feature = "rego")]
impl Rego {
    pub(super) fn read(files: &PolicyFiles) -> Result<Self, Report> {
        if files.modules.iter().next().is_none() {
            return Ok(Self::default());
        }
        let read = || crate::review::policy::rego::Modules::read(&files.modules, &files.data);
        let modules = on_large_stack(read).map_err(|diagnostics| Report {
            diagnostics,
            sources: files.modules.clone(),
            json: false,
        })?;
        Ok(Self {
            modules: Some(modules),
        })
    }

    pub(super) fn judge(&self, plan: &Value) -> Result<Vec<Verdict>, Report> {
        let Some(modules) = &self.modules else {
            return Ok(Vec::new());
        };
        on_large_stack(|| modules.judge(plan)).map_err(|diagnostics| Report {
            diagnostics,
            sources: modules.sources().clone(),
            json: false,
        })
    }
}

#[cfg(feature = "rego")]
fn on_large_stack<T: Send>(
    work: impl FnOnce() -> Result<T, Diagnostics> + Send,
) -> Result<T, Diagnostics> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK);
        let done = thread.spawn_scoped(scope, work).map(|thread| thread.join());
        match done {
            Ok(Ok(result)) => result,
            Ok(Err(panic)) => std::panic::resume_unwind(panic),
            Err(error) => {
                use crate::diagnostics::{Diagnostic, policy};

                let detail = format!("There is no thread to evaluate policies in: {error}.");
                Err(Diagnostic::error(&policy::REGO).detail(detail).into())
            }
        }
    })
}

#[cfg(not(feature = "rego"))]
impl Rego {
    pub(super) fn read(files: &PolicyFiles) -> Result<Self, Report> {
        use crate::diagnostics::{Diagnostic, policy};

        let Some((_, first)) = files.modules.iter().next() else {
            return Ok(Self::default());
        };
        let detail = format!(
            "`{}` is a policy in Rego, which this program was built without.",
            first.name
        );
        Err(Diagnostic::error(&policy::NO_REGO)
            .detail(detail)
            .hint_command(
                "To build one that has it, run:",
                "cargo install --path . --features rego",
            )
            .into())
    }

    #[expect(clippy::unused_self, reason = "the same as with Rego")]
    pub(super) const fn judge(&self, _: &Value) -> Result<Vec<Verdict>, Report> {
        Ok(Vec::new())
    }
}
