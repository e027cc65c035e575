//! How random stages run: jobs, services, and what interrupts them.

use super::specs::Writer;

impl Writer<'_> {
    pub(super) fn run(&mut self, gpu: Option<&str>, spot: bool) -> String {
        let most = *self.dice.pick(&[60, 600]);
        let minutes = self.dice.between(5, most);
        let other = self.gpu();
        let mut text = " run {\n".to_owned();
        text += &match gpu {
            Some(gpu) if self.dice.chance(70) => {
                let second = self.dice.between(5, 500);
                if other != gpu && self.dice.chance(30) {
                    format!("  work = {{ {gpu:?} = \"{minutes}m\", {other:?} = \"{second}m\" }}\n")
                } else {
                    format!("  work = {{ {gpu:?} = \"{minutes}m\" }}\n")
                }
            }
            _ => format!("  duration = \"{minutes}m\"\n"),
        };
        text += &match self.dice.below(4) {
            0 => format!(
                "  schedule = \"{} {} * * *\"\n",
                self.dice.below(60),
                self.dice.below(24)
            ),
            1 => format!(
                "  schedule = \"0 {} * * {}\"\n",
                self.dice.below(24),
                self.dice.below(7)
            ),
            2 => format!(
                "  schedule = \"0 {}-{} * * 1-5\"\n",
                self.dice.below(8),
                self.dice.between(8, 12)
            ),
            _ => format!("  runs_per_month = {}\n", self.dice.between(1, 60)),
        };
        if self.dice.chance(55) {
            let most = minutes * self.dice.between(110, 250) / 100 + self.dice.between(4, 80);
            text += &format!("  deadline = \"{most}m\"\n");
            if spot && self.dice.chance(70) {
                text += &format!(
                    "  deadline_confidence = 0.{}\n",
                    self.dice.pick(&[5, 8, 9, 95])
                );
            }
        }
        if self.dice.chance(30) {
            text += &format!("  startup = \"{}s\"\n", self.dice.pick(&[0, 40, 700]));
        }
        text + " }\n"
    }

    pub(super) fn service(&mut self, gpu: Option<&str>) -> String {
        let (min, max) = (self.dice.between(0, 3), self.dice.between(3, 8));
        let mut text = format!(" replicas {{\n  min = {min}\n  max = {max}\n");
        let rps = self.dice.between(5, 40);
        text += &match gpu {
            Some(gpu) if self.dice.chance(50) => {
                format!("  throughput_rps = {{ {gpu:?} = {rps} }}\n")
            }
            _ => format!("  throughput_rps = {rps}\n"),
        };
        if self.dice.chance(30) {
            text += &format!("  startup = \"{}s\"\n", self.dice.between(0, 900));
        }
        text += " }\n";
        text += &format!(
            " traffic {{\n  peak_rps = {}\n",
            self.dice.between(1, rps * 4)
        );
        match self.dice.below(3) {
            0 => text += "  hourly = \"office-hours\"\n",
            1 => {
                let shares: Vec<String> = (1..24)
                    .map(|_| format!("0.{}", self.dice.below(10)))
                    .collect();
                text += &format!("  hourly = [1, {}]\n", shares.join(", "));
            }
            _ => {}
        }
        if self.dice.chance(40) {
            text += &format!(
                "  p95_latency = \"{}ms\"\n",
                self.dice.between(1_300, 6_000) / rps
            );
        }
        text + " }\n"
    }

    pub(super) fn interruption(&mut self) -> String {
        let mut text = " interruption {\n  tolerated = true\n".to_owned();
        let saved = self.dice.below(3);
        match saved {
            0 => text += "  checkpoint_every = \"auto\"\n",
            1 => {
                text += &format!("  checkpoint_every = \"{}m\"\n", self.dice.between(5, 120));
            }
            _ => {}
        }
        if saved < 2 && self.dice.chance(50) {
            text += &format!("  checkpoint_cost = \"{}s\"\n", self.dice.between(1, 400));
        }
        if saved < 2 && self.dice.chance(50) {
            text += &format!("  restore = \"{}s\"\n", self.dice.between(0, 600));
        }
        if self.dice.chance(30) {
            text += &format!(
                "  interruptions_per_hour = 0.{:03}\n",
                self.dice.between(1, 700)
            );
        }
        text + " }\n"
    }
}
