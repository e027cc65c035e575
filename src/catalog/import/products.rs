//! The names that NVML reports for GPUs.

use crate::catalog::text::UNKNOWN;

/// GPUs with the names of their products, as drivers print them (`nvidia-smi -L`). No published
/// sheet has them, so they are written by hand; a GPU that isn't here has a name that its writer
/// wasn't sure of, or isn't NVIDIA's.
const PRODUCTS: [(&str, &str); 36] = [
    ("A10", "NVIDIA A10"),
    ("A100-40-PCIe", "NVIDIA A100-PCIE-40GB"),
    ("A100-40-SXM4", "NVIDIA A100-SXM4-40GB"),
    ("A100-80-PCIe", "NVIDIA A100 80GB PCIe"),
    ("A100-80-SXM4", "NVIDIA A100-SXM4-80GB"),
    ("A10G", "NVIDIA A10G"),
    ("A16", "NVIDIA A16"),
    ("A2", "NVIDIA A2"),
    ("A30", "NVIDIA A30"),
    ("A40", "NVIDIA A40"),
    ("B200", "NVIDIA B200"),
    ("GH200", "NVIDIA GH200 480GB"),
    ("H100-NVL-94", "NVIDIA H100 NVL"),
    ("H100-PCIe-80", "NVIDIA H100 PCIe"),
    ("H100-SXM5-80", "NVIDIA H100 80GB HBM3"),
    ("H200-SXM5-141", "NVIDIA H200"),
    ("L4", "NVIDIA L4"),
    ("L40", "NVIDIA L40"),
    ("L40S", "NVIDIA L40S"),
    ("M60", "Tesla M60"),
    ("P100-PCIe-16", "Tesla P100-PCIE-16GB"),
    ("P4", "Tesla P4"),
    ("RTX-4090", "NVIDIA GeForce RTX 4090"),
    ("RTX-5090", "NVIDIA GeForce RTX 5090"),
    ("RTX-6000", "Quadro RTX 6000"),
    ("RTX-A2000-12", "NVIDIA RTX A2000 12GB"),
    ("RTX-A2000-6", "NVIDIA RTX A2000"),
    ("RTX-A4000", "NVIDIA RTX A4000"),
    ("RTX-A4500", "NVIDIA RTX A4500"),
    ("RTX-A5000", "NVIDIA RTX A5000"),
    ("RTX-A6000", "NVIDIA RTX A6000"),
    (
        "RTX-PRO-6000-SE",
        "NVIDIA RTX PRO 6000 Blackwell Server Edition",
    ),
    ("T4", "Tesla T4"),
    ("T4G", "NVIDIA T4G"),
    ("V100-SXM2-16", "Tesla V100-SXM2-16GB"),
    ("V100-SXM2-32", "Tesla V100-SXM2-32GB"),
];

/// The cell of a GPU's product.
pub(super) fn of(gpu: &str) -> String {
    let known = PRODUCTS.iter().find(|(name, _)| *name == gpu);
    known.map_or(UNKNOWN, |(_, product)| product).to_owned()
}
