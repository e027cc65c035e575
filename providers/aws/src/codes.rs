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
