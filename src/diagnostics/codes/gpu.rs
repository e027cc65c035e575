//! Mistakes around the GPUs of a machine.

codes! {
    /// There is no NVML library.
    NO_LIBRARY = "gpu::no-library", "no NVML library", Error;
    /// The NVML library can't be loaded, or lacks what is needed to start it.
    UNUSABLE_LIBRARY = "gpu::unusable-library", "unusable NVML library", Error;
    /// The library is there and the driver isn't, or is of another version.
    NO_DRIVER = "gpu::no-driver", "no usable NVIDIA driver", Error;
    /// A value of `--expect` isn't one.
    WRONG_EXPECTATION = "gpu::wrong-expectation", "expectation that can't be understood", Usage;
    /// The plan file can't be understood.
    WRONG_PLAN = "gpu::wrong-plan", "file isn't a plan", Usage;
    /// The plan has no such pool, or it has no GPUs.
    UNKNOWN_POOL = "gpu::unknown-pool", "no such pool with GPUs in the plan", Usage;
    /// The pool has no probe to run.
    NO_PROBE = "gpu::no-probe", "no probe to run", Usage;
    /// The probe can't be started.
    CANNOT_PROBE = "gpu::cannot-probe", "can't run the probe", Error;
    /// No stage that is asked about names a model.
    NO_MODEL = "gpu::no-model", "no model to fit", Usage;
}
