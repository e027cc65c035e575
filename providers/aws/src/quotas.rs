//! Quotas of vCPUs: which one counts a machine, how much of it is used, and how large it is.
//!
//! Source: "Amazon EC2 instance type quotas" and "Spot Instance quotas" in the EC2 user guide. The
//! families that have quotas of their own beside these (Inf, Trn, DL, F, X, high memory, HPC) aren't
//! judged here; EC2 refuses what is over them.

use std::collections::BTreeMap;

use aws_sdk_ec2::types::{InstanceLifecycleType, InstanceStateName};
use mlinfra_provider_api::{Desired, Obstacle, ProviderError, ProviderErrorKind};

use crate::call::Call;
use crate::client::Region;
use crate::gang;
use crate::kinds::{number, text};
use crate::tags::{self, NAME, OWNER};

/// What one quota counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Bucket {
    /// Its code in Service Quotas.
    pub(crate) code: &'static str,
    /// What it is called there.
    pub(crate) name: &'static str,
}

const STANDARD: [&str; 11] = ["a", "c", "d", "h", "i", "im", "is", "m", "r", "t", "z"];

const fn bucket(code: &'static str, name: &'static str) -> Option<Bucket> {
    Some(Bucket { code, name })
}

/// The quota that counts machines of a type; `None` for those that aren't judged.
pub(crate) fn bucket_of(instance_type: &str, is_spot: bool) -> Option<Bucket> {
    let letters = instance_type.find(|c: char| !c.is_ascii_lowercase())?;
    match (instance_type.get(..letters)?, is_spot) {
        ("p", false) => bucket("L-417A185B", "Running On-Demand P instances"),
        ("p", true) => bucket("L-7212CCBC", "All P Spot Instance Requests"),
        ("g" | "gr" | "vt", false) => bucket("L-DB2E81BA", "Running On-Demand G and VT instances"),
        ("g" | "gr" | "vt", true) => bucket("L-3819A6DF", "All G and VT Spot Instance Requests"),
        (family, false) if STANDARD.contains(&family) => {
            bucket("L-1216C47A", "Running On-Demand Standard instances")
        }
        (family, true) if STANDARD.contains(&family) => {
            bucket("L-34B43A08", "All Standard Spot Instance Requests")
        }
        _ => None,
    }
}

type VCpus = BTreeMap<Bucket, u64>;

/// What stands in the way of these gangs, all together.
pub(crate) async fn obstacles(
    region: &Region,
    gangs: &[&Desired],
) -> Result<Vec<Obstacle>, ProviderError> {
    let wanted = wanted(region, gangs).await?;
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let running = match running(region, gangs).await {
        Err(error) if is_unauthorised(&error) => return Ok(vec![about_all(error)]),
        running => running?,
    };
    let mut obstacles = Vec::new();
    for (bucket, wanted) in wanted {
        let used = running.get(&bucket).copied().unwrap_or(0);
        match limit(region, bucket).await {
            Ok(Some(limit)) if used.saturating_add(wanted) > limit => {
                obstacles.push(about_all(too_small(region, bucket, (wanted, used, limit))));
            }
            Ok(_) => {}
            // Once is enough: it is the same permission for all.
            Err(error) if is_unauthorised(&error) => {
                obstacles.push(about_all(error));
                break;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(obstacles)
}

fn is_unauthorised(error: &ProviderError) -> bool {
    matches!(error.kind, ProviderErrorKind::Unauthorized { .. })
}

const fn about_all(error: ProviderError) -> Obstacle {
    Obstacle {
        object: None,
        error,
    }
}

fn too_small(
    region: &Region,
    bucket: Bucket,
    (wanted, used, limit): (u64, u64, u64),
) -> ProviderError {
    let Bucket { code, name } = bucket;
    let kind = ProviderErrorKind::Quota {
        name: format!("{name} ({code})"),
        limit: Some(limit),
        used: Some(used),
    };
    let message = format!(
        "{wanted} vCPUs are needed in {} beside {used} that run, and the quota `{name}` is {limit}; \
         ask for more with `aws service-quotas request-service-quota-increase --service-code ec2 \
         --quota-code {code} --desired-value {}`",
        region.name,
        used.saturating_add(wanted)
    );
    ProviderError::new(kind, message)
}

async fn wanted(region: &Region, gangs: &[&Desired]) -> Result<VCpus, ProviderError> {
    let mut vcpus = VCpus::new();
    for gang in gangs {
        let name = text(&gang.attributes, "instance_type").unwrap_or_default();
        let is_spot = text(&gang.attributes, "capacity_type") == Some("spot");
        let Some(bucket) = bucket_of(name, is_spot) else {
            continue;
        };
        let count = u64::try_from(number(&gang.attributes, "count")).unwrap_or(0);
        let each = match region.shape(name).await {
            Ok(shape) => shape.vcpus,
            // There is no such type, which is an obstacle of the gang's own.
            Err(error) if matches!(error.kind, ProviderErrorKind::Invalid { .. }) => continue,
            Err(error) => return Err(error),
        };
        let sum = vcpus.entry(bucket).or_insert(0);
        *sum = sum.saturating_add(count.saturating_mul(each));
    }
    Ok(vcpus)
}

/// What runs already, whosever it is, but for the wanted gangs themselves.
async fn running(region: &Region, gangs: &[&Desired]) -> Result<VCpus, ProviderError> {
    let states = [InstanceStateName::Pending, InstanceStateName::Running];
    let states = states.iter().map(|state| state.as_str().to_owned());
    let filter = aws_sdk_ec2::types::Filter::builder().name("instance-state-name");
    let filter = filter.set_values(Some(states.collect())).build();
    let mut vcpus = VCpus::new();
    let gangs_there = gang::describe(region, vec![filter]).await?;
    for instance in gangs_there.values().flatten() {
        let tags = tags::by_key(instance.tags());
        let is_wanted = gangs.iter().any(|gang| {
            tags.get(OWNER) == Some(&gang.owner.to_string()) && tags.get(NAME) == Some(&gang.name)
        });
        let name = instance.instance_type().map_or("", |name| name.as_str());
        let is_spot = instance.instance_lifecycle() == Some(&InstanceLifecycleType::Spot);
        let Some(bucket) = bucket_of(name, is_spot).filter(|_| !is_wanted) else {
            continue;
        };
        let each = region.shape(name).await?.vcpus;
        let sum = vcpus.entry(bucket).or_insert(0);
        *sum = sum.saturating_add(each);
    }
    Ok(vcpus)
}

/// How many vCPUs an account may have; `None` where the quota isn't known.
async fn limit(region: &Region, bucket: Bucket) -> Result<Option<u64>, ProviderError> {
    let ask = region.quotas.get_service_quota().service_code("ec2");
    let answer = ask.quota_code(bucket.code).send().await;
    let call = Call::read("servicequotas:GetServiceQuota");
    let answer = match answer.map_err(|error| call.failed(error)) {
        Err(error) if error.code.as_deref() == Some("NoSuchResourceException") => return Ok(None),
        answer => answer?,
    };
    let value = answer.quota().and_then(|quota| quota.value());
    // A number of vCPUs, which the service gives as a decimal.
    Ok(value.and_then(|value| format!("{:.0}", value.floor()).parse().ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(instance_type: &str, is_spot: bool, code: &str) {
        let found = bucket_of(instance_type, is_spot).map(|bucket| bucket.code);
        assert_eq!(found.unwrap_or("none"), code, "{instance_type}");
    }

    #[test]
    fn each_family_is_counted_by_its_quota() {
        check("p5en.48xlarge", false, "L-417A185B");
        check("p4d.24xlarge", true, "L-7212CCBC");
        check("g6e.xlarge", false, "L-DB2E81BA");
        check("gr6.4xlarge", true, "L-3819A6DF");
        check("vt1.3xlarge", false, "L-DB2E81BA");
        check("m7i.large", false, "L-1216C47A");
        check("im4gn.large", true, "L-34B43A08");
    }

    #[test]
    fn families_with_quotas_of_their_own_are_not_judged() {
        for name in [
            "trn1.2xlarge",
            "inf2.xlarge",
            "dl1.24xlarge",
            "hpc7a.96xlarge",
            "x2gd.large",
            "",
        ] {
            check(name, false, "none");
        }
    }
}
