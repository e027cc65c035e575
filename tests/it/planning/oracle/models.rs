//! Models of stages: written at random, and whether a GPU holds one, by the two documented formulas
//! that need no shape.

use mlinfra::model::{Project, Stage};

use super::offers::Node;
use super::specs::Writer;

const MIB: u64 = 1 << 20;

impl Writer<'_> {
    /// A block that says what a stage with GPUs does with a model, and the model's own block.
    pub(super) fn model(&mut self, name: &str, service: bool, trains: bool) -> Option<[String; 2]> {
        if !self.dice.chance(60) || !(service || trains) {
            return None;
        }
        let billions = self.dice.between(1, 11);
        let model =
            format!("model \"{name}\" {{\n parameters = \"{billions}B\"\n dtype = \"bf16\"\n}}\n");
        let batch = self.dice.between(1, 8);
        let usage = if service {
            let sample = self.dice.between(64, 1024);
            format!(
                " serving {{\n  max_batch = {batch}\n  activation_per_sample = \"{sample}MiB\"\n }}\n"
            )
        } else {
            // About what the GPUs here have, so that what an estimate may be wrong by decides.
            let near = *self.dice.pick(&[14_991, 22_481, 39_976, 79_953]);
            let least = near * self.dice.between(75, 100) / 100;
            let more = least + near * self.dice.between(0, 5) / 100;
            let probe = match self.dice.chance(75) {
                true => "  probe = [\"true\"]\n",
                false => "",
            };
            format!(
                " training {{\n  micro_batch = {batch}\n  measured_memory = {{ \"1\" = \
                 \"{least}MiB\", \"8\" = \"{more}MiB\" }}\n{probe} }}\n"
            )
        };
        Some([format!(" model = model.{name}\n{usage}"), model])
    }
}

/// How a GPU holds the model of a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Room {
    Enough,
    /// Only by the estimate, with a probe that will tell.
    Tight,
    None,
}

/// Whether each GPU of a node holds what the stage does with its model.
pub(super) fn room(project: &Project, stage: &Stage, node: &Node<'_>) -> Room {
    let (Some(name), Some((gpu, _))) = (&stage.model, node.gpu) else {
        return Room::Enough;
    };
    // Nobody has observed what these GPUs show to programs: 2.4 % less than they have.
    let usable = u64::from(gpu.memory_mib.unwrap()) * 976 / 1000 * MIB * node.share() / 1000;
    if let Some(serving) = &stage.serving {
        let weights = project.models[&name.value].parameters.get() * 2;
        let sample = serving.activation_per_sample.unwrap().get();
        let libraries = 512 * MIB;
        let context = 512 * MIB;
        let needed = weights + libraries + context + sample * u64::from(serving.max_batch);
        return match u128::from(needed) * 100 <= u128::from(usable) * 95 {
            true => Room::Enough,
            false => Room::None,
        };
    }
    let training = stage.training.as_ref().unwrap();
    let [least, most] = [1, 8].map(|batch| training.measured_memory[&batch].get());
    let needed = least + (most - least) * u64::from(training.micro_batch - 1) / 7;
    if needed * 110 <= usable * 100 {
        Room::Enough
    } else if needed <= usable && training.probe.is_some() {
        Room::Tight
    } else {
        Room::None
    }
}
