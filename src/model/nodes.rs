use serde::Serialize;

use super::{Origin, Written};
use crate::units::Bytes;

/// A `nodes` block: what the nodes of a pool begin with, and who may reach them.
#[derive(Debug, Clone, Default, Serialize)]
pub struct NodeSettings {
    /// `ami-…`, or `OWNER/NAME` with `*` and `?`; the provider's usual one when not given.
    pub image: Option<Written<String>>,
    /// What each node runs when it starts first.
    pub user_data: Option<String>,
    /// Size of the first disk; enough for the image and its containers when not given.
    pub disk: Option<Bytes>,
    /// TCP ports that can be reached from outside of the pool.
    pub open_ports: Vec<u16>,
    /// Addresses from which they can be reached, e.g. `10.0.0.0/8`.
    pub open_to: Vec<String>,
    /// The role that nodes act in.
    pub instance_profile: Option<String>,
    /// The key pair for logging in.
    pub key_name: Option<String>,
    #[serde(skip)]
    /// Where it was written.
    pub origin: Option<Origin>,
}

impl NodeSettings {
    /// Whether nothing is said.
    #[must_use]
    pub fn is_default(&self) -> bool {
        let Self {
            image,
            user_data,
            disk,
            open_ports,
            open_to,
            instance_profile,
            key_name,
            origin: _,
        } = self;
        let texts = [user_data, instance_profile, key_name];
        let lists = open_ports.is_empty() && open_to.is_empty();
        image.is_none() && disk.is_none() && lists && texts.iter().all(|text| text.is_none())
    }
}
