//! Makes objects in Amazon EC2: security groups, placement groups, launch templates, volumes, and
//! gangs of instances. It knows nothing of prices, plans or state; see `docs/aws.md`.
//!
//! Every object carries, from the call that creates it, tags that say whose it is, what its name is
//! and which operation made it, so that one whose answer was lost is found again. Nothing is retried
//! here: whoever calls decides by the kind of an error what to do.
//!
//! The futures have to be polled in a tokio runtime with IO and time enabled.
#![warn(missing_docs)]

mod aws;
mod call;
mod client;
mod codes;
mod ensure;
mod gang;
mod images;
mod kinds;
mod launch_template;
mod nodes;
mod placement_group;
mod preflight;
mod quotas;
mod rules;
mod security_group;
mod shapes;
mod tags;
mod template;
mod user_data;
mod volume;
mod zones;

pub use aws::Aws;
