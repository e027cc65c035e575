use super::Builder;
use crate::diagnostics::spec;
use crate::model::{
    Architecture, Census, Dataset, Dtype, Experts, Location, MlModel, Output, OutputValue,
    StateStore,
};
use crate::spec::section::Section;
use crate::spec::typed::Typed;
use crate::spec::value::{Reference, Value};
use crate::spec::version;

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
        Some(StateStore {
            kind: section.label()?.to_owned(),
            arguments: section.other_texts(),
            origin: section.origin,
        })
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
        let block = section.block("architecture");
        let architecture = block.and_then(|s| self.architecture(s));
        if block.is_some() && architecture.is_none() {
            return None;
        }
        let parameters = section.parameters("parameters")?.value;
        Some(MlModel {
            parameters,
            dtype: Dtype::from_name(&section.text("dtype")?.value)?,
            census: Census::of(parameters, architecture.as_ref()),
            architecture,
            origin: section.origin,
        })
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
            active: number("active_experts").unwrap_or(2),
        });
        Some(Architecture {
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
        })
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
