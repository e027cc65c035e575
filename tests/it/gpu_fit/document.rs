//! docs/gpu-fit.md says what the code does.
