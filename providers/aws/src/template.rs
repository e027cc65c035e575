//! What is in a launch template: from attributes into EC2's form and back.
//!
//! Everything is read from EC2's own fields but the text that an image was chosen by, which the
//! version's description keeps.

use aws_sdk_ec2::types::{
    LaunchTemplateBlockDeviceMappingRequest, LaunchTemplateEbsBlockDeviceRequest,
    LaunchTemplateHttpTokensState, LaunchTemplateIamInstanceProfileSpecificationRequest,
    LaunchTemplateInstanceMetadataEndpointState, LaunchTemplateInstanceMetadataOptionsRequest,
    LaunchTemplateVersion, RequestLaunchTemplateData, ResponseLaunchTemplateData, ShutdownBehavior,
    VolumeType,
};
use mlinfra_provider_api::{Attributes, ProviderError};
use serde_json::{Value, json};

use crate::images::Found;
use crate::kinds::{self, invalid};
use crate::user_data;

/// What a version's description begins with if mlinfra made it.
const DESCRIPTION: &str = "mlinfra image: ";

/// A version's description: what its image was chosen by.
pub(crate) fn description(image: &str) -> Result<String, ProviderError> {
    let description = format!("{DESCRIPTION}{image}");
    if description.chars().count() > 255 {
        return Err(invalid("image", "it must have at most 240 characters"));
    }
    Ok(description)
}

/// The contents for these attributes and this image.
pub(crate) fn request(
    attributes: &Attributes,
    image: &Found,
) -> Result<RequestLaunchTemplateData, ProviderError> {
    let minutes = attributes
        .get("max_lifetime_minutes")
        .and_then(Value::as_u64);
    let minutes = minutes.unwrap_or(0);
    let disk = LaunchTemplateEbsBlockDeviceRequest::builder()
        .volume_size(kinds::number(attributes, "disk_gib"))
        .volume_type(VolumeType::Gp3)
        .encrypted(true)
        .delete_on_termination(true);
    let disk = LaunchTemplateBlockDeviceMappingRequest::builder()
        .device_name(&image.root)
        .ebs(disk.build());
    // Version 2 of the metadata service only: a request that is forged on the machine can't have
    // its credentials.
    let metadata = LaunchTemplateInstanceMetadataOptionsRequest::builder()
        .http_tokens(LaunchTemplateHttpTokensState::Required)
        .http_endpoint(LaunchTemplateInstanceMetadataEndpointState::Enabled);
    let groups = kinds::texts(attributes, "security_groups");
    let shutdown = (minutes > 0).then_some(ShutdownBehavior::Terminate);
    Ok(RequestLaunchTemplateData::builder()
        .image_id(&image.id)
        .block_device_mappings(disk.build())
        .metadata_options(metadata.build())
        .set_security_group_ids((!groups.is_empty()).then_some(groups))
        .set_instance_initiated_shutdown_behavior(shutdown)
        .set_user_data(encoded(attributes, minutes)?)
        .set_iam_instance_profile(kinds::text(attributes, "instance_profile").map(profile))
        .set_key_name(kinds::text(attributes, "key_name").map(str::to_owned))
        .build())
}

fn profile(text: &str) -> LaunchTemplateIamInstanceProfileSpecificationRequest {
    let profile = LaunchTemplateIamInstanceProfileSpecificationRequest::builder();
    let profile = if text.starts_with("arn:") {
        profile.arn(text)
    } else {
        profile.name(text)
    };
    profile.build()
}

fn encoded(attributes: &Attributes, minutes: u64) -> Result<Option<String>, ProviderError> {
    let text = kinds::text(attributes, "user_data").unwrap_or_default();
    let text = user_data::wrap(text, minutes);
    if text.len() > user_data::MOST_BYTES {
        let most = user_data::MOST_BYTES;
        let message = format!("user data has {} bytes, and EC2 takes {most}", text.len());
        return Err(invalid("user_data", message));
    }
    Ok((!text.is_empty()).then(|| base64(text.as_bytes())))
}

fn base64(bytes: &[u8]) -> String {
    aws_smithy_types::base64::encode(bytes)
}

/// The attributes that a version has.
pub(crate) fn attributes(version: &LaunchTemplateVersion) -> Attributes {
    let mut attributes = Attributes::new();
    let number = version.version_number().unwrap_or(0);
    attributes.insert("version".to_owned(), number.into());
    let Some(data) = version.launch_template_data() else {
        return attributes;
    };
    let image_id = data.image_id().unwrap_or_default();
    let chosen_by = version.version_description();
    let chosen_by = chosen_by.and_then(|text| text.strip_prefix(DESCRIPTION));
    let (text, minutes) = decoded(data);
    let profile = data.iam_instance_profile();
    let profile = profile.and_then(|profile| profile.arn().or(profile.name()));
    attributes.extend([
        ("image_id".to_owned(), image_id.into()),
        ("image".to_owned(), chosen_by.unwrap_or(image_id).into()),
        ("user_data".to_owned(), text.into()),
        ("max_lifetime_minutes".to_owned(), lifetime(data, minutes)),
        (
            "security_groups".to_owned(),
            json!(data.security_group_ids()),
        ),
        ("disk_gib".to_owned(), disk(data)),
        (
            "instance_profile".to_owned(),
            profile.unwrap_or_default().into(),
        ),
        (
            "key_name".to_owned(),
            data.key_name().unwrap_or_default().into(),
        ),
    ]);
    attributes
}

fn decoded(data: &ResponseLaunchTemplateData) -> (String, u64) {
    let bytes = aws_smithy_types::base64::decode(data.user_data().unwrap_or_default());
    let text = bytes.ok().and_then(|bytes| String::from_utf8(bytes).ok());
    match text {
        Some(text) => user_data::unwrap(&text),
        // Packed, perhaps: nothing that mlinfra made.
        None => (data.user_data().unwrap_or_default().to_owned(), 0),
    }
}

/// Null for a lifetime whose end would only stop the machine, which would go on being paid for.
fn lifetime(data: &ResponseLaunchTemplateData, minutes: u64) -> Value {
    let ends = data.instance_initiated_shutdown_behavior() == Some(&ShutdownBehavior::Terminate);
    if ends == (minutes > 0) {
        minutes.into()
    } else {
        Value::Null
    }
}

/// The size of the only disk; null if it isn't as mlinfra makes one, or the metadata service isn't.
/// No attribute says that, so it shows here.
fn disk(data: &ResponseLaunchTemplateData) -> Value {
    let [disk] = data.block_device_mappings() else {
        return Value::Null;
    };
    let tokens = data
        .metadata_options()
        .and_then(|options| options.http_tokens());
    let is_closed = tokens == Some(&LaunchTemplateHttpTokensState::Required);
    let as_made = |disk: &&aws_sdk_ec2::types::LaunchTemplateEbsBlockDevice| {
        let is_gp3 = disk.volume_type() == Some(&VolumeType::Gp3);
        is_gp3 && disk.encrypted() == Some(true) && disk.delete_on_termination() == Some(true)
    };
    let disk = disk
        .ebs()
        .filter(as_made)
        .and_then(|disk| disk.volume_size());
    disk.filter(|_| is_closed).map_or(Value::Null, Value::from)
}
