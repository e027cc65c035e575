//! What random stages share: company, quotas, budgets, commitments.

use super::specs::Writer;

impl Writer<'_> {
    /// Two stages or more, as a list of the spec.
    fn some_stages(&mut self, least: usize) -> String {
        let mut names = self.names.to_vec();
        self.dice.shuffle(&mut names);
        names.truncate(self.dice.between(least, names.len().min(3)));
        let list: Vec<String> = names.iter().map(|name| format!("stage.{name}")).collect();
        format!("[{}]", list.join(", "))
    }

    pub(super) fn company(&mut self) -> Vec<String> {
        let mut texts = Vec::new();
        if self.names.len() < 2 {
            return texts;
        }
        for (block, word) in [("affinity", "same"), ("anti_affinity", "different")] {
            if self.dice.chance(20) {
                let domain = self.dice.pick(&["provider", "region", "zone"]);
                let stages = self.some_stages(2);
                texts.push(format!(
                    "{block} \"a\" {{\n {word} = \"{domain}\"\n stages = {stages}\n}}\n"
                ));
            }
        }
        texts
    }

    pub(super) fn limits(&mut self) -> Vec<String> {
        let mut texts = Vec::new();
        for name in ["first", "second"] {
            if self.dice.chance(25) {
                let counted = if self.dice.chance(40) {
                    format!(
                        " gpu = \"{}\"\n max = {}\n",
                        self.gpu(),
                        self.dice.between(1, 6)
                    )
                } else {
                    format!(" max = {}\n", self.dice.between(4, 40))
                };
                let (region, _) = self.place();
                let (cloud, region) = region.split_once('/').unwrap();
                let of = match self.dice.below(3) {
                    0 => format!(" provider = \"{cloud}\"\n"),
                    1 => format!(" provider = \"{cloud}\"\n region = \"{region}\"\n"),
                    _ => String::new(),
                };
                texts.push(format!("quota \"{name}\" {{\n{counted}{of}}}\n"));
            }
            if self.dice.chance(22) {
                let stages = if self.dice.chance(80) {
                    format!(" stages = {}\n", self.some_stages(1))
                } else {
                    String::new()
                };
                let limit = self.dice.between(1, 40) * *self.dice.pick(&[1, 5, 25]);
                texts.push(format!(
                    "budget \"{name}\" {{\n limit = {limit}\n{stages}}}\n"
                ));
            }
            if self.dice.chance(12) {
                texts.push(self.commitment(name));
            }
        }
        texts
    }

    fn commitment(&mut self, name: &str) -> String {
        let (region, _) = self.place();
        let (cloud, region) = region.split_once('/').unwrap();
        let family = match cloud {
            "aws" => "m5",
            "azure" => "Standard_D",
            "gcp" => "n2",
            _ => "cpu_",
        };
        let of = match self.dice.below(3) {
            0 => format!(" region = \"{region}\"\n"),
            1 => format!(" family = \"{family}\"\n"),
            _ => String::new(),
        };
        format!(
            "commitment \"{name}\" {{\n provider = \"{cloud}\"\n kind = \"committed-use\"\n \
             usd_per_hour = 0.{:02}\n discount = 0.{}\n{of}}}\n",
            self.dice.between(1, 60),
            self.dice.between(0, 6),
        )
    }
}
