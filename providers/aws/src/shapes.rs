//! What machines of an instance type have, asked once of each.

use std::collections::BTreeMap;

use aws_sdk_ec2::types::{InstanceType, InstanceTypeInfo};
use mlinfra_provider_api::ProviderError;
use tokio::sync::Mutex;

use crate::call::Call;
use crate::client::Region;
use crate::kinds::invalid;

/// A machine's GPUs and processors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shape {
    /// Maker and product; `None` without GPUs.
    pub(crate) gpu: Option<String>,
    /// GPUs of one machine.
    pub(crate) gpus: u64,
    /// Memory of one of them.
    pub(crate) gpu_memory_mib: u64,
    pub(crate) vcpus: u64,
}

/// Shapes by instance type. Held while one is asked for: many nodes of a type begin at once, and one
/// question does for all.
#[derive(Debug, Default)]
pub(crate) struct Shapes(Mutex<BTreeMap<String, Shape>>);

impl Region {
    /// # Errors
    ///
    /// `Invalid` if there is no such type in this region.
    pub(crate) async fn shape(&self, name: &str) -> Result<Shape, ProviderError> {
        let mut shapes = self.shapes.0.lock().await;
        if let Some(known) = shapes.get(name) {
            return Ok(known.clone());
        }
        let call = Call::read("ec2:DescribeInstanceTypes");
        let ask = self.ec2.describe_instance_types();
        let ask = ask.instance_types(InstanceType::from(name)).send();
        let answer = ask.await.map_err(|error| call.failed(error))?;
        let Some(info) = answer.instance_types().first() else {
            let message = format!("there is no instance type `{name}` in {}", self.name);
            return Err(invalid("instance_type", message));
        };
        let shape = shape(info);
        shapes.insert(name.to_owned(), shape.clone());
        Ok(shape)
    }
}

fn shape(info: &InstanceTypeInfo) -> Shape {
    let number = |number: Option<i32>| u64::try_from(number.unwrap_or(0)).unwrap_or(0);
    let gpus = info.gpu_info().map_or(&[][..], |gpus| gpus.gpus());
    let words = |gpu: &aws_sdk_ec2::types::GpuDeviceInfo| {
        let maker = gpu.manufacturer().unwrap_or_default();
        let name = gpu.name().unwrap_or_default();
        format!("{maker} {name}").trim().to_owned()
    };
    let memory = gpus.first().and_then(|gpu| gpu.memory_info());
    Shape {
        gpu: gpus.first().map(words),
        gpus: gpus.iter().map(|gpu| number(gpu.count())).sum(),
        gpu_memory_mib: number(memory.and_then(|memory| memory.size_in_mib())),
        vcpus: number(info.v_cpu_info().and_then(|cpus| cpus.default_v_cpus())),
    }
}
