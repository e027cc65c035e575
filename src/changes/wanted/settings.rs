//! Attributes of the objects of a pool.

use std::collections::BTreeMap;

use mlinfra_provider_api::Attributes;
use serde_json::{Value, json};

use super::images;
use crate::changes::reference;
use crate::model::{NodeSettings, Project, Stage};
use crate::planning::plan::Placement;
use crate::units::Duration;

/// Room for an image with drivers and frameworks and for a few containers with their own, and for
/// what a stage without GPUs needs beside the system.
const DISK_WITH_GPUS_GIB: u64 = 200;
const DISK_GIB: u64 = 100;

/// What the stages of one pool say together.
pub(super) struct Settings<'p> {
    pub(super) nodes: &'p NodeSettings,
    pub(super) labels: BTreeMap<String, String>,
    pub(super) max_lifetime: Option<Duration>,
    pub(super) prevent_destroy: bool,
}

impl<'p> Settings<'p> {
    /// Of a pool that the first stage holds: what protects one of the stages protects all.
    pub(super) fn new(project: &Project, holder: &'p Stage, others: &[&Stage]) -> Self {
        let stages = || std::iter::once(holder).chain(others.iter().copied());
        let mut labels = project.labels.clone();
        labels.insert("mlinfra-stage".to_owned(), holder.name.clone());
        Self {
            nodes: &holder.nodes,
            labels,
            max_lifetime: stages().filter_map(|stage| stage.max_lifetime).min(),
            prevent_destroy: stages().any(|stage| stage.prevent_destroy),
        }
    }

    pub(super) fn security_group(&self) -> Attributes {
        let mut rules: Vec<Value> = Vec::new();
        for port in &self.nodes.open_ports {
            rules.extend(self.nodes.open_to.iter().map(|cidr| {
                json!({ "protocol": "tcp", "from_port": port, "to_port": port, "cidr": cidr })
            }));
        }
        rules.push(json!({ "protocol": "-1", "self": true }));
        self.labelled([("rules", rules.into())])
    }

    pub(super) fn placement_group(&self) -> Attributes {
        self.labelled([("strategy", "cluster".into())])
    }

    pub(super) fn launch_template(&self, image: &str, gpus: bool, group: &str) -> Attributes {
        let nodes = self.nodes;
        let text = |text: &Option<String>| Value::from(text.as_deref().unwrap_or_default());
        let default = if gpus { DISK_WITH_GPUS_GIB } else { DISK_GIB };
        let disk = nodes.disk.map(|disk| disk.get().div_ceil(1 << 30));
        self.labelled([
            ("image", image.into()),
            ("user_data", text(&nodes.user_data)),
            ("security_groups", json!([reference::id_of(group)])),
            ("disk_gib", disk.unwrap_or(default).into()),
            ("instance_profile", text(&nodes.instance_profile)),
            ("key_name", text(&nodes.key_name)),
            ("max_lifetime_minutes", self.minutes().into()),
        ])
    }

    pub(super) fn nodes(&self, placement: &Placement, count: u32) -> Attributes {
        self.labelled([
            ("instance_type", placement.instance_type.as_str().into()),
            ("capacity_type", placement.capacity_type.as_str().into()),
            ("count", count.into()),
        ])
    }

    /// The image of nodes at a placement.
    pub(super) fn image(&self, placement: &Placement) -> String {
        let given = self.nodes.image.as_ref().map(|image| image.value.clone());
        let has_gpus = placement.gpu.is_some();
        given.unwrap_or_else(|| {
            images::image(&placement.location, &placement.instance_type, has_gpus)
        })
    }

    /// Whole minutes, none for no end; clouds count them with 32 bits.
    fn minutes(&self) -> u64 {
        let minutes = self.max_lifetime.map(|time| time.millis().div_ceil(60_000));
        minutes.unwrap_or(0).min(i32::MAX as u64)
    }

    fn labelled<const N: usize>(&self, attributes: [(&str, Value); N]) -> Attributes {
        let attributes = attributes.map(|(name, value)| (name.to_owned(), value));
        let mut attributes = Attributes::from(attributes);
        attributes.insert("labels".to_owned(), json!(self.labels));
        attributes
    }
}
