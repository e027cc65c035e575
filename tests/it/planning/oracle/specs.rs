//! Random specs over a random market, as HCL text: one entry for each block, so that they can be put
//! in any order or left out.

use super::dice::Dice;
use super::markets::Market;

/// The blocks of a spec.
#[derive(Debug, Clone)]
pub(in crate::planning) struct Spec {
    pub(in crate::planning) blocks: Vec<String>,
}

impl Spec {
    pub(in crate::planning) fn text(&self) -> String {
        self.blocks.concat()
    }
}

const NAMES: [&str; 5] = ["ash", "elm", "fir", "oak", "yew"];

/// Makes a spec of up to five stages.
pub(in crate::planning) fn spec(dice: &mut Dice, market: &Market) -> Spec {
    let mut names = NAMES;
    dice.shuffle(&mut names);
    let names = &names[..*dice.pick(&[1, 2, 2, 3, 3, 3, 4, 4, 5])];
    let deadline = if dice.chance(25) {
        format!(" deadline = \"{}m\"\n", dice.between(60, 1_400))
    } else {
        String::new()
    };
    let mut blocks = vec![format!("project \"p\" {{\n{deadline}}}\n")];
    let mut writer = Writer {
        dice,
        market,
        names,
        services: Vec::new(),
        outputs: Vec::new(),
        datasets: Vec::new(),
        models: Vec::new(),
        cluster: false,
    };
    blocks.extend(writer.cluster());
    blocks.extend(writer.datasets());
    for index in 0..names.len() {
        let stage = writer.stage(index);
        blocks.push(stage);
    }
    blocks.append(&mut writer.models);
    blocks.extend(writer.company());
    blocks.extend(writer.limits());
    Spec { blocks }
}

pub(super) struct Writer<'w> {
    pub(super) dice: &'w mut Dice,
    pub(super) market: &'w Market,
    pub(super) names: &'w [&'w str],
    services: Vec<usize>,
    /// What the stages so far make: `stage.a.output.b`.
    outputs: Vec<String>,
    datasets: Vec<String>,
    models: Vec<String>,
    cluster: bool,
}

impl Writer<'_> {
    pub(super) fn place(&mut self) -> (String, Vec<String>) {
        self.dice.pick(&self.market.regions).clone()
    }

    pub(super) fn gpu(&mut self) -> String {
        let all = if self.market.gpus.is_empty() {
            &["L4"][..]
        } else {
            &self.market.gpus
        };
        let gpu = *self.dice.pick(all);
        // A family's name now and then.
        let family = gpu.split('-').next().unwrap();
        (if self.dice.chance(50) { family } else { gpu }).to_owned()
    }

    fn cluster(&mut self) -> Option<String> {
        self.cluster = self.dice.chance(40);
        if !self.cluster {
            return None;
        }
        let mut text = "cluster \"dc\" {\n location = \"onprem/hall\"\n".to_owned();
        if self.dice.chance(70) {
            text += &format!(" storage_per_gb_month = 0.0{}\n", self.dice.between(1, 9));
        }
        if self.dice.chance(80) {
            let cloud = self.dice.pick(&self.market.clouds);
            let (all, one) = (self.dice.between(1, 9), self.dice.between(1, 9));
            text += &format!(" transfer = {{ \"*\" = 0.0{all}, \"{cloud}/*\" = 0.0{one} }}\n");
        }
        if self.dice.chance(60) {
            text += &format!(" throughput = {{ \"*\" = {} }}\n", self.dice.between(1, 8));
        }
        for pool in ["big", "small"].iter().take(self.dice.between(1, 2)) {
            let gpu = if self.dice.chance(50) {
                let (gpu, most) = if self.dice.chance(60) {
                    let slices = ["A100-40-SXM4-MIG-3g.20gb", "T4-MIG-1g.4gb", "T4-MIG"];
                    (self.dice.pick(&slices).to_string(), 6)
                } else {
                    (self.gpu(), 2)
                };
                let count = self.dice.between(1, most);
                format!(" gpu = \"{gpu}\"\n gpus_per_node = {count}\n")
            } else {
                String::new()
            };
            let basis = self.dice.pick(&["amortised", "sunk", "marginal"]);
            text += &format!(
                " node_pool \"{pool}\" {{\n{gpu} vcpus = {}\n memory = \"64GiB\"\n nodes = {}\n \
                 cost_per_node_hour = 0.{:03}\n cost_basis = \"{basis}\"\n }}\n",
                self.dice.pick(&[4, 8, 16]),
                self.dice.between(1, 4),
                self.dice.between(20, 400),
            );
        }
        Some(text + "}\n")
    }

    fn datasets(&mut self) -> Vec<String> {
        let mut texts = Vec::new();
        for name in ["clicks", "docs"].iter().take(self.dice.below(3)) {
            let (region, zones) = self.place();
            let (location, zone) = if self.cluster && self.dice.chance(25) {
                ("onprem/hall".to_owned(), String::new())
            } else if !zones.is_empty() && self.dice.chance(35) {
                let zone = self.dice.pick(&zones);
                (region, format!(" zone = \"{zone}\"\n"))
            } else {
                (region, String::new())
            };
            let size = self.dice.between(80, 900);
            texts.push(format!(
                "dataset \"{name}\" {{\n location = \"{location}\"\n{zone} size = \"{size}GB\"\n}}\n"
            ));
            self.datasets.push(format!("dataset.{name}"));
        }
        texts
    }

    fn stage(&mut self, index: usize) -> String {
        let kind = *self
            .dice
            .pick(&["data-processing", "training", "serving", "batch"]);
        let (kind, mode) = match kind {
            "batch" => ("serving", " mode = \"batch\"\n"),
            other => (other, ""),
        };
        let service = kind == "serving" && mode.is_empty();
        if service {
            self.services.push(index);
        }
        let mut text = format!(
            "stage \"{}\" {{\n kind = \"{kind}\"\n{mode}",
            self.names[index]
        );
        text += &self.reads();
        let spot = self.dice.chance(55);
        let (requirements, gpu) = self.requirements(kind == "serving", spot);
        text += &requirements;
        if gpu.is_some()
            && let Some([usage, model]) =
                self.model(self.names[index], kind == "serving", kind == "training")
        {
            text += &usage;
            self.models.push(model);
        }
        text += &self.pin();
        text += &if service {
            self.service(gpu.as_deref())
        } else {
            self.run(gpu.as_deref(), spot)
        };
        if spot {
            text += &self.interruption();
        }
        for output in ["model", "table"].iter().take(self.dice.below(3)) {
            let retain = if !service && self.dice.chance(50) {
                format!(" retain = \"{}d\"\n", self.dice.between(1, 60))
            } else {
                String::new()
            };
            let scope = if self.dice.chance(20) {
                " scope = \"zone\"\n"
            } else {
                ""
            };
            let size = self.dice.between(80, 800);
            text += &format!(" output \"{output}\" {{\n size = \"{size}GB\"\n{retain}{scope} }}\n");
            self.outputs
                .push(format!("stage.{}.output.{output}", self.names[index]));
        }
        text + "}\n"
    }

    fn reads(&mut self) -> String {
        let mut sources = [self.outputs.clone(), self.datasets.clone()].concat();
        self.dice.shuffle(&mut sources);
        sources.truncate(*self.dice.pick(&[0, 1, 1, 1, 2, 2, 3]));
        if sources.is_empty() {
            return String::new();
        }
        let mut text = " reads = {\n".to_owned();
        for (n, source) in sources.iter().enumerate() {
            let amount = if self.dice.chance(30) {
                format!(", amount = \"{}GB\"", self.dice.between(1, 80))
            } else {
                String::new()
            };
            let streamed = if self.dice.chance(15) {
                ", streamed = true"
            } else {
                ""
            };
            text += &format!("  in{n} = {{ from = {source}{amount}{streamed} }}\n");
        }
        text + " }\n"
    }

    /// The requirements, and the GPU to measure on if there is one.
    fn requirements(&mut self, serves: bool, spot: bool) -> (String, Option<String>) {
        let mut text = " requirements {\n".to_owned();
        let gpu = self.dice.chance(40).then(|| self.gpu());
        if let Some(gpu) = &gpu {
            text += &match self.dice.below(4) {
                0 => format!("  gpu {{\n any_of = [\"{gpu}\"]\n"),
                1 => {
                    let slices = ["T4-MIG", "A100-MIG-3g.20gb"];
                    let other = match self.dice.chance(50) {
                        true => self.dice.pick(&slices).to_string(),
                        false => self.gpu(),
                    };
                    format!("  gpu {{\n any_of = [\"{gpu}\", \"{other}\"]\n")
                }
                2 => {
                    let other = self.gpu();
                    format!("  gpu {{\n prefer = [\"{gpu}\"]\n else_any_of = [\"{other}\"]\n")
                }
                _ => "  gpu {\n memory_min = \"16GiB\"\n".to_owned(),
            };
            if self.dice.chance(50) {
                text += " slices = true\n";
            }
            text += &format!(
                " count = {}\n",
                self.dice
                    .pick(if serves { &[1, 1, 1, 1] } else { &[1, 1, 2, 4] })
            );
            if self.dice.chance(15) {
                text += " interconnect = \"single-node\"\n";
            }
            text += "  }\n";
        } else {
            text += &format!(
                "  vcpus = {}\n",
                self.dice.pick(if serves {
                    &[1, 2, 2, 4]
                } else {
                    &[2, 4, 8, 20]
                })
            );
        }
        if self.dice.chance(20) {
            text += &format!(
                "  memory = \"{}GiB\"\n",
                self.dice.pick(if serves { &[2, 4] } else { &[4, 48] })
            );
        }
        if self.dice.chance(25) {
            text += &format!("  max_nodes = {}\n", self.dice.between(3, 9));
        }
        if self.dice.chance(15) {
            text += &format!(
                "  max_node_hour = {}.{}\n",
                self.dice.below(3),
                self.dice.between(3, 9)
            );
        }
        if self.dice.chance(15) {
            let owned = if spot {
                "\"spot\", \"reserved\""
            } else {
                "\"on-demand\""
            };
            let capacity = *self.dice.pick(&["\"on-demand\"", owned]);
            text += &format!("  capacity = [{capacity}]\n");
        }
        let cloud = *self.dice.pick(&self.market.clouds);
        let other = *self.dice.pick(&self.market.clouds);
        if self.dice.chance(15) {
            text += &format!("  locations = [\"{cloud}/*\", \"{other}/*\"]\n");
        }
        (text + " }\n", gpu)
    }

    fn pin(&mut self) -> String {
        let ((region, _), (cloud, kind)) = match self.market.types.as_slice() {
            [] => return String::new(),
            types => (self.dice.pick(&self.market.regions), self.dice.pick(types)),
        };
        let (provider, region) = region.split_once('/').unwrap();
        match self.dice.below(80) {
            0 => format!(" pin {{\n provider = \"{provider}\"\n region = \"{region}\"\n }}\n"),
            1 => format!(" pin {{\n provider = \"{cloud}\"\n instance_type = \"{kind}\"\n }}\n"),
            2 => " pin {\n capacity = \"on-demand\"\n }\n".to_owned(),
            _ => String::new(),
        }
    }
}
