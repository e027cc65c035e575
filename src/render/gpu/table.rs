//! ```text
//! GPU  Product     Memory    Free      Busy  Power     Temp  ECC  MIG  Processes
//!   0  NVIDIA A30  24.0 GiB  23.6 GiB   0 %  30/165 W  34 °C  on   off          0
//! ```

use mlinfra_provider_nvml::{GpuFacts, NodeFacts, Power, size};

use super::{on_off, or_dash, watts};
use crate::render::style::Palette;
use crate::render::table::{Column, Table};

/// One row for each card.
pub(super) fn of_cards(facts: &NodeFacts, width: usize, palette: &Palette) -> String {
    let mut table = Table::new([
        Column::right("GPU"),
        Column::left("Product").shrinking(),
        Column::right("Memory"),
        Column::right("Free"),
        Column::right("Busy"),
        Column::right("Power"),
        Column::right("Temp"),
        Column::left("ECC"),
        Column::left("MIG"),
        Column::right("Procs"),
    ]);
    for gpu in &facts.gpus {
        table.row(row(gpu));
    }
    table.render(width, palette)
}

fn row(gpu: &GpuFacts) -> [String; 10] {
    [
        gpu.index.to_string(),
        or_dash(&gpu.product, String::clone),
        or_dash(&gpu.memory, |memory| size(memory.total)),
        or_dash(&gpu.memory, |memory| size(memory.free)),
        or_dash(&gpu.utilisation, |busy| format!("{} %", busy.gpu)),
        power(&gpu.power),
        or_dash(&gpu.temperature, |degrees| format!("{degrees} °C")),
        or_dash(&gpu.ecc, |ecc| on_off(ecc.current).to_owned()),
        or_dash(&gpu.mig, |mig| on_off(mig.current).to_owned()),
        or_dash(&gpu.processes, |processes| processes.len().to_string()),
    ]
}

fn power(power: &Power) -> String {
    let draw = or_dash(&power.draw_milliwatts, |draw| watts(*draw));
    let limit = or_dash(&power.limit_milliwatts, |limit| watts(*limit));
    format!("{draw}/{limit} W")
}
