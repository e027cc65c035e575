//! The made-up library against a client that others wrote: NVIDIA's own bindings for Python.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use super::fake::{data, gpu, library_without};
use crate::skipped::skip;

/// Reads with those bindings what `mlinfra gpu list --json` reads too.
const SCRIPT: &str = r#"
import json, pynvml as n
n.nvmlInit()
def gpu(i):
    h = n.nvmlDeviceGetHandleByIndex(i)
    m = n.nvmlDeviceGetMemoryInfo(h, version=n.nvmlMemory_v2)
    old = n.nvmlDeviceGetMemoryInfo(h)
    fields = n.nvmlDeviceGetFieldValues(h, [142, 143, 144, 145])
    mig = n.nvmlDeviceGetMigMode(h)
    parts = []
    for j in range(n.nvmlDeviceGetMaxMigDeviceCount(h) if mig[0] else 0):
        try:
            part = n.nvmlDeviceGetMigDeviceHandleByIndex(h, j)
        except n.NVMLError_NotFound:
            continue
        parts.append([n.nvmlDeviceGetName(part), n.nvmlDeviceGetUUID(part),
                      n.nvmlDeviceGetMemoryInfo(part).total,
                      n.nvmlDeviceGetAttributes(part).gpuInstanceSliceCount])
    return dict(
        product=n.nvmlDeviceGetName(h), uuid=n.nvmlDeviceGetUUID(h),
        pci=n.nvmlDeviceGetPciInfo(h).busId,
        capability="%d.%d" % n.nvmlDeviceGetCudaComputeCapability(h),
        memory=[m.total, m.used, m.free, m.reserved], old=[old.total, old.used, old.free],
        ecc=n.nvmlDeviceGetEccMode(h),
        volatile=n.nvmlDeviceGetTotalEccErrors(h, n.NVML_MEMORY_ERROR_TYPE_UNCORRECTED, n.NVML_VOLATILE_ECC),
        aggregate=n.nvmlDeviceGetTotalEccErrors(h, n.NVML_MEMORY_ERROR_TYPE_UNCORRECTED, n.NVML_AGGREGATE_ECC),
        retired=n.nvmlDeviceGetRetiredPagesPendingStatus(h),
        fields=[f.value.ullVal for f in fields],
        temperature=n.nvmlDeviceGetTemperature(h, n.NVML_TEMPERATURE_GPU),
        power=[n.nvmlDeviceGetPowerUsage(h), n.nvmlDeviceGetEnforcedPowerLimit(h)],
        clocks=[n.nvmlDeviceGetClockInfo(h, n.NVML_CLOCK_SM), n.nvmlDeviceGetMaxClockInfo(h, n.NVML_CLOCK_MEM)],
        pcie=[n.nvmlDeviceGetCurrPcieLinkGeneration(h), n.nvmlDeviceGetCurrPcieLinkWidth(h),
              n.nvmlDeviceGetMaxPcieLinkGeneration(h), n.nvmlDeviceGetMaxPcieLinkWidth(h)],
        mig=mig, parts=parts,
        processes=[[p.pid, p.usedGpuMemory] for p in n.nvmlDeviceGetComputeRunningProcesses_v3(h)],
        persistence=n.nvmlDeviceGetPersistenceMode(h),
        throttle=n.nvmlDeviceGetCurrentClocksThrottleReasons(h))
count = n.nvmlDeviceGetCount()
print(json.dumps(dict(driver=n.nvmlSystemGetDriverVersion(), nvml=n.nvmlSystemGetNVMLVersion(),
    cuda=n.nvmlSystemGetCudaDriverVersion_v2(), gpus=[gpu(i) for i in range(count)])))
n.nvmlShutdown()
"#;

/// The folder with the bindings, which are fetched once; why there is none otherwise.
fn bindings() -> Result<PathBuf, String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("nvidia-ml-py");
    if folder.join("pynvml.py").is_file() {
        return Ok(folder);
    }
    let pip = ["-m", "pip", "install", "--quiet", "--no-deps", "--target"];
    let run = Command::new("python3")
        .args(pip)
        .arg(&folder)
        .arg("nvidia-ml-py>=12,<14")
        .output();
    let run = run.map_err(|error| format!("python3 can't be started: {error}"))?;
    if run.status.success() {
        return Ok(folder);
    }
    let words = String::from_utf8_lossy(&run.stderr).into_owned();
    Err(format!("pip can't install nvidia-ml-py: {words}"))
}

/// What the bindings read of a profile.
fn read(profile: &str, bindings: &Path) -> Value {
    let folder = tempfile::tempdir().unwrap();
    library_without(&[], folder.path());
    let output = Command::new("python3")
        .args(["-c", SCRIPT])
        .env("PYTHONPATH", bindings)
        .env("LD_LIBRARY_PATH", folder.path())
        .env(
            "MLINFRA_FAKE_NVML_PROFILE",
            data(&format!("profiles/{profile}.json")),
        )
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The same from what we list.
fn ours(profile: &str) -> Value {
    let listed = gpu(profile, ["list", "--json"]);
    let list: Value = serde_json::from_str(&listed.stdout).unwrap();
    let number = |value: &Value| u64::from(value.as_bool().unwrap());
    let gpus = list["gpus"].as_array().unwrap().iter().map(|gpu| {
        let memory = &gpu["memory"];
        let [total, used, free, reserved] =
            ["total", "used", "free", "reserved"].map(|m| memory[format!("{m}_bytes")].as_u64().unwrap());
        let rows = &gpu["remapped_rows"];
        let parts = gpu["mig_devices"].as_array().unwrap().iter().map(|part| {
            let profile = part["profile"].as_str().unwrap();
            let slices: u64 = profile.split('g').next().unwrap().parse().unwrap();
            let name = format!("{} MIG {profile}", gpu["product"].as_str().unwrap());
            json!([name, part["uuid"], part["memory"]["total_bytes"], slices])
        });
        let processes = gpu["processes"].as_array().unwrap().iter();
        json!({
            "product": gpu["product"], "uuid": gpu["uuid"], "pci": gpu["pci_bus_id"],
            "capability": gpu["compute_capability"],
            "memory": [total, used, free, reserved], "old": [total, used + reserved, free],
            "ecc": [number(&gpu["ecc"]["current"]), number(&gpu["ecc"]["pending"])],
            "volatile": gpu["ecc_uncorrected_volatile"], "aggregate": gpu["ecc_uncorrected_aggregate"],
            "retired": number(&gpu["retired_pages_pending"]),
            "fields": [rows["corrected"], rows["uncorrected"], number(&rows["pending"]), number(&rows["failure"])],
            "temperature": gpu["temperature_celsius"],
            "power": [gpu["power_milliwatts"], gpu["power_limit_milliwatts"]],
            "clocks": [gpu["sm_clock_mhz"], gpu["memory_clock_max_mhz"]],
            "pcie": [gpu["pcie_generation"], gpu["pcie_width"], gpu["pcie_generation_max"], gpu["pcie_width_max"]],
            "mig": [number(&gpu["mig"]["current"]), number(&gpu["mig"]["pending"])],
            "parts": parts.collect::<Vec<_>>(),
            "processes": processes.map(|p| json!([p["pid"], p["used_bytes"]])).collect::<Vec<_>>(),
            "persistence": number(&gpu["persistence"]),
            "throttle": 1,
        })
    });
    json!({"driver": list["driver"], "nvml": list["nvml"], "cuda": 12020, "gpus": gpus.collect::<Vec<_>>()})
}

#[test]
fn nvidias_own_bindings_read_the_same() {
    let bindings = match bindings() {
        Ok(bindings) => bindings,
        Err(why) => return skip(&why),
    };
    for profile in [
        "foreign-process",
        "ecc-errors",
        "row-remap-pending",
        "a100-80-mig",
        "a30-mig",
    ] {
        assert_eq!(read(profile, &bindings), ours(profile), "{profile}");
    }
}
