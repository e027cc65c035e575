use super::Builder;
use crate::checkpoint::{self, Checkpoint};
use crate::diagnostics::{Diagnostic, spec};
use crate::model::{
    Architecture, Census, Dataset, Dtype, Experts, Location, MlModel, Output, OutputValue,
    StatePlace, StateStore, Written,
};
use crate::spec::section::Section;
use crate::spec::suggest;
use crate::spec::typed::Typed;
use crate::spec::value::{Reference, Value};
use crate::spec::version;
use crate::units::Parameters;

impl Builder<'_, '_> {
    /// The `mlinfra` block: the version this spec is made for.
    pub(super) fn settings(&self, root: &Section) {
        let Some(wanted) = root
            .block("mlinfra")
            .and_then(|b| b.text("required_version"))
        else {
            return;
        };
        match version::meets(env!("CARGO_PKG_VERSION"), &wanted.value) {
            Some(true) => {}
            Some(false) => {
                let detail = format!(
                    "The spec needs mlinfra {}; this is {}.",
                    wanted.value,
                    env!("CARGO_PKG_VERSION")
                );
                self.report(&spec::VERSION_NOT_MET, wanted.origin, detail);
            }
            None => {
                let detail = "A version is written with `=`, `!=`, `>`, `>=`, `<`, `<=` or `~>`, \
                              e.g. \">= 0.1, < 2\".";
                self.report(&spec::INVALID_FORM, wanted.origin, detail);
            }
        }
    }

    pub(super) fn state(&self, root: &Section) -> Option<StateStore> {
        let section = root.block("mlinfra")?.block("state")?;
        let kind = section.label()?;
        let faulty = self.state_faults(section, kind);
        let value = |name: &str| section.text(name).map(|text| text.value);
        let place = StatePlace::from_arguments(kind, value).filter(|_| !faulty)?;
        Some(StateStore {
            place,
            origin: section.origin,
        })
    }

    /// Reports what is wrong with the arguments of a place; whether a value is.
    fn state_faults(&self, section: &Section, kind: &str) -> bool {
        let taken = StatePlace::arguments(kind);
        let mut faulty = false;
        for argument in taken {
            let name = argument.name;
            if argument.required && section.lacks_argument(name) {
                let why = format!("State in `{kind}` can't be found without it.");
                self.missing(section.origin, &format!("`{name}`"), &why);
            }
            if let Some(given) = section.text(name)
                && let Some(why) = StatePlace::fault(name, &given.value)
            {
                self.report(&spec::INVALID_FORM, given.origin, why);
                faulty = true;
            }
        }
        for (name, at) in section.all_given() {
            if !taken.iter().any(|argument| argument.name == name) {
                let names = suggest::list(taken.iter().map(|argument| argument.name));
                let diagnostic = Diagnostic::error(&spec::UNSUPPORTED_ARGUMENT)
                    .at(at)
                    .label(format!("state in `{kind}` has no such argument"))
                    .hint(format!("the arguments here are {names}."));
                self.evaluator.report(diagnostic);
            }
        }
        faulty
    }

    pub(super) fn dataset(&self, section: &Section) -> Option<Dataset> {
        let (location, zone) = (section.location("location"), section.text("zone"));
        if let (Some(location), Some(zone)) = (&location, &zone)
            && location.value.provider == Location::ONPREM
        {
            let detail = format!(
                "`{}` is owned, and a site isn't divided into zones; leave `zone` out.",
                location.value
            );
            self.report(&spec::CONFLICT, zone.origin, detail);
        }
        Some(Dataset {
            uri: section.text("uri").map(|t| t.value),
            location: location?.value,
            zone,
            size: section.bytes("size")?.value,
            origin: section.origin,
        })
    }

    pub(super) fn model(&self, section: &Section) -> Option<MlModel> {
        let config = match section.text("config") {
            Some(text) => Some(self.config(&text)?),
            None if section.lacks_argument("config") => None,
            None => return None,
        };
        let parameters = self.size_of_model(section, config.as_ref());
        let dtype = self.dtype_of_model(section, config.as_ref());
        let block = section.block("architecture");
        let written = block.and_then(|s| self.architecture(s));
        if block.is_some() && written.is_none() {
            return None;
        }
        let (parameters, dtype) = (parameters?, dtype?);
        let counted = config.filter(|_| written.is_none());
        let census = counted.as_ref().map(|counted| counted.census);
        let architecture = written.or(counted.map(|counted| counted.architecture));
        Some(MlModel {
            parameters,
            dtype,
            census: census
                .filter(|census| census.total == parameters.get())
                .unwrap_or_else(|| Census::of(parameters, architecture.as_ref())),
            architecture,
            origin: section.origin,
        })
    }

    fn config(&self, text: &Written<String>) -> Option<Checkpoint> {
        match checkpoint::read(&text.value) {
            Ok(read) => Some(read),
            Err(error) => {
                let detail = format!("This `config.json` can't be used: {error}.");
                self.report(&spec::INVALID_FORM, text.origin, detail);
                None
            }
        }
    }

    /// The parameters as written, else as counted. Both may be given if they say the same but for
    /// rounding.
    fn size_of_model(&self, section: &Section, config: Option<&Checkpoint>) -> Option<Parameters> {
        let given = section.parameters("parameters");
        let counted = config.map(|config| config.census.total);
        let (given, counted) = match (given, counted) {
            (Some(given), Some(counted)) => (given, counted),
            (Some(given), None) => return Some(given.value),
            (None, Some(counted)) if section.lacks_argument("parameters") => {
                return Some(Parameters::new(counted));
            }
            (None, counted) => {
                if counted.is_none() && section.lacks_argument("parameters") {
                    let why = "Give their number, or the model's `config`, which says it.";
                    self.missing(section.origin, "`parameters`", why);
                }
                return None;
            }
        };
        if given.value.get().abs_diff(counted) > counted / 20 {
            let detail = format!(
                "`config` makes a model of {counted} parameters, and `parameters` is {}. They may \
                 differ by 5 % at most; leave `parameters` out to take those of `config`.",
                given.value.get()
            );
            self.report(&spec::CONFLICT, given.origin, detail);
            return None;
        }
        Some(given.value)
    }

    fn dtype_of_model(&self, section: &Section, config: Option<&Checkpoint>) -> Option<Dtype> {
        if let Some(given) = section.text("dtype") {
            return Dtype::from_name(&given.value);
        }
        if !section.lacks_argument("dtype") {
            return None;
        }
        let published = config.and_then(Checkpoint::weights);
        if published.is_none() {
            let why = "Give the type of the weights, or a `config` that says it.";
            self.missing(section.origin, "`dtype`", why);
        }
        published
    }

    fn architecture(&self, section: &Section) -> Option<Architecture> {
        let number = |name| section.count(name).map(|c| c.value);
        let (hidden, heads) = (number("hidden")?, number("heads")?);
        let head_dim = match number("head_dim") {
            Some(size) => size,
            None if section.lacks_argument("head_dim") && hidden % heads == 0 => hidden / heads,
            None => {
                if section.lacks_argument("head_dim") {
                    let why = format!("{hidden} isn't a multiple of {heads}, so it must be given.");
                    self.missing(section.origin, "`head_dim`", &why);
                }
                return None;
            }
        };
        let flag = |name, default| section.boolean(name).map_or(default, |b| b.value);
        let experts = number("experts").map(|count| Experts {
            count,
            active: number("active_experts").unwrap_or(count.min(2)),
        });
        let architecture = Architecture {
            layers: number("layers")?,
            hidden,
            heads,
            kv_heads: number("kv_heads").unwrap_or(heads),
            head_dim,
            ffn: number("ffn")?,
            vocab: number("vocab")?,
            gated: flag("gated", true),
            tied_embeddings: flag("tied_embeddings", false),
            generates: flag("generates", true),
            dropout: flag("dropout", false),
            experts,
            kv_latent: None,
            window: None,
        };
        if let Some(why) = architecture.contradiction() {
            self.report(&spec::CONFLICT, section.origin, why);
            return None;
        }
        Some(architecture)
    }

    pub(super) fn output(&self, section: &Section) -> Option<Output> {
        let written = section.typed("value")?;
        let Typed::Value { value, sensitive } = &written.value else {
            return None;
        };
        let marked = section.boolean("sensitive").is_some_and(|b| b.value);
        if *sensitive && !marked {
            let detail = "A sensitive variable takes part in this output, so it must be marked \
                          `sensitive = true`.";
            self.report(&spec::SENSITIVE_VALUE, written.origin, detail);
        }
        let value = match value {
            Value::Reference(reference) => match reference.as_ref() {
                Reference::StageAttribute { stage, attribute } => OutputValue::AfterApply {
                    stage: stage.clone(),
                    attribute: attribute.clone(),
                },
                Reference::StageOutput { stage, output } => OutputValue::AfterApply {
                    stage: stage.clone(),
                    attribute: format!("output.{output}"),
                },
                other => {
                    let detail = format!(
                        "`{}` isn't a value; an output can be `stage.NAME.endpoint`, \
                         `stage.NAME.output.NAME`, or anything that is known from the spec.",
                        other.written()
                    );
                    self.report(&spec::WRONG_REFERENCE, written.origin, detail);
                    return None;
                }
            },
            known => match known.to_json() {
                Some(json) => OutputValue::Known(json),
                None => {
                    let detail = "A value that is known after apply must be an output of its own.";
                    self.report(&spec::KNOWN_AFTER_APPLY, written.origin, detail);
                    return None;
                }
            },
        };
        Some(Output {
            value,
            sensitive: marked,
            description: section.text("description").map(|t| t.value),
            origin: section.origin,
        })
    }
}
