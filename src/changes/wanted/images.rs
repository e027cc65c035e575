//! The image that nodes begin with where the spec names none.

use crate::model::Location;

/// The image for nodes of a type. In AWS it is the newest of Amazon's: with GPUs its Deep Learning
/// Base AMI, which has NVIDIA's open driver and the container toolkit, without GPUs Amazon Linux 2023.
/// Names as the vendor gives them: "AWS Deep Learning Base GPU AMI (Ubuntu 22.04)" and "AL2023 naming
/// and versioning".
pub(super) fn image(location: &Location, instance_type: &str, has_gpus: bool) -> String {
    if location.provider != "aws" {
        let what = if has_gpus { "GPU" } else { "CPU" };
        return format!("{}/default {what} image", location.provider);
    }
    let name = match (has_gpus, is_arm(instance_type)) {
        (true, false) => "Deep Learning Base OSS Nvidia Driver GPU AMI (Ubuntu 22.04) *",
        (true, true) => "Deep Learning ARM64 Base OSS Nvidia Driver GPU AMI (Ubuntu 22.04) *",
        (false, false) => "al2023-ami-2023.*-kernel-6.1-x86_64",
        (false, true) => "al2023-ami-2023.*-kernel-6.1-arm64",
    };
    format!("amazon/{name}")
}

/// Whether an instance type of AWS has ARM processors, by its name: a `g` among the letters after the
/// generation is Graviton ("Amazon EC2 instance type naming conventions"), `gb` is Grace, and `a1` was
/// there before the convention.
pub(super) fn is_arm(instance_type: &str) -> bool {
    let family = instance_type.split('.').next().unwrap_or_default();
    if family == "a1" || family.contains("-gb") {
        return true;
    }
    let after = family.find(|c: char| c.is_ascii_digit());
    let after = after.and_then(|at| family.get(at..)).unwrap_or_default();
    let letters = after.split('-').next().unwrap_or_default();
    letters.contains('g')
}

/// Whether a cluster placement group can hold such nodes: not those with burstable performance
/// ("Placement groups for your Amazon EC2 instances").
pub(super) fn can_be_grouped(location: &Location, instance_type: &str) -> bool {
    let burstable = |name: &str| {
        let mut letters = name.chars();
        letters.next() == Some('t') && letters.next().is_some_and(|c| c.is_ascii_digit())
    };
    location.provider != "aws" || !burstable(instance_type)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Arch, Catalog};
    use crate::model::ProviderName;

    /// The catalog knows the processors of almost all types.
    #[test]
    fn names_tell_the_processors_that_the_catalog_has() {
        let catalog = Catalog::embedded().unwrap();
        let known = catalog
            .instance_types()
            .filter_map(|(_, of)| Some((of, of.arch?)));
        let aws = known.filter(|(of, _)| of.provider == ProviderName::Aws);
        let aws: Vec<_> = aws.collect();
        let wrong: Vec<&str> = aws
            .iter()
            .filter(|(of, arch)| is_arm(&of.name) != (*arch == Arch::Arm64))
            .map(|(of, _)| &*of.name)
            .collect();
        assert_eq!(wrong, Vec::<&str>::new());
        assert!(aws.len() > 500);
    }

    #[test]
    fn burstable_nodes_are_not_grouped() {
        let location = |provider: &str| Location {
            provider: provider.into(),
            region: "r".into(),
        };
        assert!(!can_be_grouped(&location("aws"), "t3.large"));
        assert!(can_be_grouped(&location("aws"), "trn1.2xlarge"));
        assert!(can_be_grouped(&location("gcp"), "t2d-standard-4"));
    }
}
