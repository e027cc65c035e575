//! EC2's error codes in the closed kinds of the contract, in one table.
//!
//! Source: "Error codes for the Amazon EC2 API" in the EC2 developer guide. A code that isn't here
//! is judged by the status of its answer.

use mlinfra_provider_api::ProviderErrorKind;

/// What a code means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning {
    Capacity,
    /// Capacity if the message speaks of a zone that doesn't have it, else a wrong attribute.
    ZoneCapacity,
    Quota,
    Throttled,
    Unauthorized,
    Conflict,
    /// The attribute that is wrong.
    Invalid(&'static str),
    /// Whether it was done isn't known.
    Unknown,
    /// It wasn't done.
    Unavailable,
}

use Meaning::{
    Capacity, Conflict, Invalid, Quota, Throttled, Unauthorized, Unavailable, Unknown, ZoneCapacity,
};

/// Codes by how they begin; the first that fits counts.
const TABLE: &[(&str, Meaning)] = &[
    ("InsufficientInstanceCapacity", Capacity),
    ("InsufficientHostCapacity", Capacity),
    ("InsufficientReservedInstanceCapacity", Capacity),
    ("InsufficientCapacity", Capacity),
    ("InsufficientVolumeCapacity", Capacity),
    ("SpotMaxPriceTooLow", Capacity),
    ("Unsupported", ZoneCapacity),
    ("ReservationCapacityExceeded", Capacity),
    ("InsufficientFreeAddressesInSubnet", Quota),
    ("RequestLimitExceeded", Throttled),
    ("Throttl", Throttled),
    ("TooManyRequests", Throttled),
    ("EC2ThrottledException", Throttled),
    ("RequestThrottled", Throttled),
    ("SlowDown", Throttled),
    ("UnauthorizedOperation", Unauthorized),
    ("AuthFailure", Unauthorized),
    ("AccessDenied", Unauthorized),
    ("ExpiredToken", Unauthorized),
    ("RequestExpired", Unauthorized),
    ("InvalidClientTokenId", Unauthorized),
    ("SignatureDoesNotMatch", Unauthorized),
    ("UnrecognizedClientException", Unauthorized),
    ("InvalidSecurityToken", Unauthorized),
    ("MissingAuthenticationToken", Unauthorized),
    ("OptInRequired", Unauthorized),
    ("PendingVerification", Unauthorized),
    ("Blocked", Unauthorized),
    ("OperationNotPermitted", Conflict),
    ("VcpuLimitExceeded", Quota),
    ("InstanceLimitExceeded", Quota),
    ("MaxSpotInstanceCountExceeded", Quota),
    ("MaxSpotFleetRequestCountExceeded", Quota),
    ("VolumeModificationRateExceeded", Quota),
    ("ConcurrentTagAccess", Conflict),
    ("DependencyViolation", Conflict),
    ("VolumeInUse", Conflict),
    ("IncorrectState", Conflict),
    ("IncorrectModificationState", Conflict),
    ("IncorrectInstanceState", Conflict),
    ("InvalidGroup.InUse", Conflict),
    ("InvalidPlacementGroup.InUse", Conflict),
    ("ResourceInUse", Conflict),
    ("InvalidGroup.Duplicate", Conflict),
    ("InvalidPlacementGroup.Duplicate", Conflict),
    ("InvalidLaunchTemplateName.AlreadyExists", Conflict),
    ("InvalidPermission.Duplicate", Conflict),
    ("InvalidPermission.NotFound", Conflict),
    ("IdempotentInstanceTerminated", Conflict),
    ("IdempotentParameterMismatch", Invalid("")),
    ("InvalidAMIID", Invalid("image")),
    ("InvalidBlockDeviceMapping", Invalid("disk_gib")),
    ("InvalidKeyPair", Invalid("key_name")),
    ("InvalidIamInstanceProfile", Invalid("instance_profile")),
    ("InvalidUserData", Invalid("user_data")),
    ("InvalidInstanceType", Invalid("instance_type")),
    ("InvalidZone", Invalid("zone")),
    ("InvalidAvailabilityZone", Invalid("zone")),
    ("InvalidSubnet", Invalid("subnet")),
    ("InvalidVpcID", Invalid("vpc")),
    ("VPCIdNotSpecified", Invalid("vpc")),
    ("DefaultVpcDoesNotExist", Invalid("vpc")),
    ("InvalidGroupId", Invalid("security_groups")),
    ("InvalidGroup", Invalid("security_groups")),
    ("InvalidSecurityGroup", Invalid("security_groups")),
    ("InvalidPermission", Invalid("rules")),
    ("RulesPerSecurityGroup", Quota),
    ("InvalidPlacementGroup", Invalid("placement_group")),
    ("InvalidLaunchTemplate", Invalid("launch_template")),
    ("InvalidTag", Invalid("labels")),
    ("TagLimitExceeded", Invalid("labels")),
    ("Invalid", Invalid("")),
    ("Missing", Invalid("")),
    ("UnknownParameter", Invalid("")),
    ("ValidationError", Invalid("")),
    ("InternalError", Unknown),
    ("InternalFailure", Unknown),
    ("RequestTimeout", Unknown),
    ("ServiceUnavailable", Unavailable),
    ("Unavailable", Unavailable),
];

/// What a refusal means; `None` for a code that isn't known. Places and actions are left empty.
pub(crate) fn kind(code: &str, message: &str) -> Option<ProviderErrorKind> {
    let row = TABLE.iter().find(|(begin, _)| code.starts_with(begin));
    let meaning = match row {
        Some((_, ZoneCapacity)) if lacks_in_zone(message) => Capacity,
        Some((_, ZoneCapacity)) => Invalid("instance_type"),
        Some((_, meaning)) => *meaning,
        // `SecurityGroupLimitExceeded`, `VolumeLimitExceeded`, `TemplateVersionLimitExceeded`, …
        None if code.ends_with("LimitExceeded") => Quota,
        None => return None,
    };
    Some(match meaning {
        Capacity | ZoneCapacity => ProviderErrorKind::Capacity {
            scope: String::new(),
        },
        Quota => ProviderErrorKind::Quota {
            name: code.to_owned(),
            limit: limit(message),
            used: None,
        },
        Throttled => ProviderErrorKind::Throttled { retry_after: None },
        Unauthorized => ProviderErrorKind::Unauthorized {
            action: String::new(),
        },
        Conflict => ProviderErrorKind::Conflict,
        Invalid(attribute) => ProviderErrorKind::Invalid {
            attribute: attribute.to_owned(),
        },
        Unknown => ProviderErrorKind::OutcomeUnknown,
        Unavailable => ProviderErrorKind::Unavailable,
    })
}

/// "Your requested instance type (…) is not supported in your requested Availability Zone (…)."
fn lacks_in_zone(message: &str) -> bool {
    message.contains("not supported in your requested Availability Zone")
}

/// The limit in "… your current vCPU limit of 32 allows …".
fn limit(message: &str) -> Option<u64> {
    let (_, rest) = message.split_once("limit of ")?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(code: &str, message: &str, slug: &str, attribute: Option<&str>) {
        let kind = kind(code, message).unwrap();
        assert_eq!(kind.slug(), slug, "{code}");
        if let ProviderErrorKind::Invalid { attribute: found } = &kind {
            assert_eq!(Some(&**found), attribute, "{code}");
        }
    }

    /// What each row of the table means, by the code as EC2 writes it.
    const ROWS: &[(&str, &str, Option<&str>)] = &[
        ("InsufficientInstanceCapacity", "capacity", None),
        ("InsufficientHostCapacity", "capacity", None),
        ("InsufficientReservedInstanceCapacity", "capacity", None),
        ("InsufficientCapacityOnHost", "capacity", None),
        ("InsufficientVolumeCapacity", "capacity", None),
        ("SpotMaxPriceTooLow", "capacity", None),
        ("UnsupportedOperation", "invalid", Some("instance_type")),
        ("ReservationCapacityExceeded", "capacity", None),
        ("InsufficientFreeAddressesInSubnet", "quota", None),
        ("RequestLimitExceeded", "throttled", None),
        ("ThrottlingException", "throttled", None),
        ("TooManyRequestsException", "throttled", None),
        ("EC2ThrottledException", "throttled", None),
        ("RequestThrottled", "throttled", None),
        ("SlowDown", "throttled", None),
        ("UnauthorizedOperation", "unauthorized", None),
        ("AuthFailure", "unauthorized", None),
        ("AccessDeniedException", "unauthorized", None),
        ("ExpiredToken", "unauthorized", None),
        ("RequestExpired", "unauthorized", None),
        ("InvalidClientTokenId", "unauthorized", None),
        ("SignatureDoesNotMatch", "unauthorized", None),
        ("UnrecognizedClientException", "unauthorized", None),
        ("InvalidSecurityToken", "unauthorized", None),
        ("MissingAuthenticationToken", "unauthorized", None),
        ("OptInRequired", "unauthorized", None),
        ("PendingVerification", "unauthorized", None),
        ("Blocked", "unauthorized", None),
        ("OperationNotPermitted", "conflict", None),
        ("VcpuLimitExceeded", "quota", None),
        ("InstanceLimitExceeded", "quota", None),
        ("MaxSpotInstanceCountExceeded", "quota", None),
        ("MaxSpotFleetRequestCountExceeded", "quota", None),
        ("VolumeModificationRateExceeded", "quota", None),
        ("ConcurrentTagAccess", "conflict", None),
        ("DependencyViolation", "conflict", None),
        ("VolumeInUse", "conflict", None),
        ("IncorrectState", "conflict", None),
        ("IncorrectModificationState", "conflict", None),
        ("IncorrectInstanceState", "conflict", None),
        ("InvalidGroup.InUse", "conflict", None),
        ("InvalidPlacementGroup.InUse", "conflict", None),
        ("ResourceInUse", "conflict", None),
        ("InvalidGroup.Duplicate", "conflict", None),
        ("InvalidPlacementGroup.Duplicate", "conflict", None),
        (
            "InvalidLaunchTemplateName.AlreadyExistsException",
            "conflict",
            None,
        ),
        ("InvalidPermission.Duplicate", "conflict", None),
        ("InvalidPermission.NotFound", "conflict", None),
        ("IdempotentInstanceTerminated", "conflict", None),
        ("IdempotentParameterMismatch", "invalid", Some("")),
        ("InvalidAMIID.NotFound", "invalid", Some("image")),
        ("InvalidBlockDeviceMapping", "invalid", Some("disk_gib")),
        ("InvalidKeyPair.NotFound", "invalid", Some("key_name")),
        (
            "InvalidIamInstanceProfile.NotFound",
            "invalid",
            Some("instance_profile"),
        ),
        ("InvalidUserData.Malformed", "invalid", Some("user_data")),
        ("InvalidInstanceType", "invalid", Some("instance_type")),
        ("InvalidZone.NotFound", "invalid", Some("zone")),
        ("InvalidAvailabilityZone", "invalid", Some("zone")),
        ("InvalidSubnetID.NotFound", "invalid", Some("subnet")),
        ("InvalidVpcID.NotFound", "invalid", Some("vpc")),
        ("VPCIdNotSpecified", "invalid", Some("vpc")),
        ("DefaultVpcDoesNotExist", "invalid", Some("vpc")),
        (
            "InvalidGroupId.Malformed",
            "invalid",
            Some("security_groups"),
        ),
        ("InvalidGroup.NotFound", "invalid", Some("security_groups")),
        (
            "InvalidSecurityGroupID.NotFound",
            "invalid",
            Some("security_groups"),
        ),
        ("InvalidPermission.Malformed", "invalid", Some("rules")),
        ("RulesPerSecurityGroupLimitExceeded", "quota", None),
        (
            "InvalidPlacementGroup.Unknown",
            "invalid",
            Some("placement_group"),
        ),
        (
            "InvalidLaunchTemplateId.NotFound",
            "invalid",
            Some("launch_template"),
        ),
        ("InvalidTagKey.Malformed", "invalid", Some("labels")),
        ("TagLimitExceeded", "invalid", Some("labels")),
        ("InvalidParameterValue", "invalid", Some("")),
        ("MissingParameter", "invalid", Some("")),
        ("UnknownParameter", "invalid", Some("")),
        ("ValidationError", "invalid", Some("")),
        ("InternalError", "outcome-unknown", None),
        ("InternalFailure", "outcome-unknown", None),
        ("RequestTimeout", "outcome-unknown", None),
        ("ServiceUnavailable", "unavailable", None),
        ("Unavailable", "unavailable", None),
    ];

    #[test]
    fn every_row_means_what_it_says() {
        for (code, slug, attribute) in ROWS {
            check(code, "", slug, *attribute);
        }
        let rows: Vec<&str> = TABLE.iter().map(|(begin, _)| *begin).collect();
        let tested = ROWS
            .iter()
            .zip(&rows)
            .filter(|((code, ..), row)| code.starts_with(*row));
        assert_eq!(
            tested.count(),
            rows.len().max(ROWS.len()),
            "one case for each row"
        );
    }

    #[test]
    fn what_a_zone_does_not_have_is_capacity() {
        let message = "Your requested instance type (p4d.24xlarge) is not supported in your \
            requested Availability Zone (us-east-1e). Please retry your request.";
        check("Unsupported", message, "capacity", None);
    }

    #[test]
    fn a_limit_of_anything_is_a_quota() {
        for code in [
            "SecurityGroupLimitExceeded",
            "VolumeLimitExceeded",
            "LimitExceeded",
        ] {
            check(code, "", "quota", None);
        }
    }

    #[test]
    fn a_quota_says_how_much_is_allowed() {
        let message = "You have requested more vCPU capacity than your current vCPU limit of 32 \
            allows for the instance bucket.";
        let expected = ProviderErrorKind::Quota {
            name: "VcpuLimitExceeded".to_owned(),
            limit: Some(32),
            used: None,
        };
        assert_eq!(kind("VcpuLimitExceeded", message), Some(expected));
    }

    #[test]
    fn a_code_that_is_not_known_is_not_guessed() {
        assert_eq!(kind("SomethingNew", "limit of 3"), None);
        assert_eq!(kind("", ""), None);
    }
}
