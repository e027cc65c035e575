//! Images: by identifier, or the newest of an owner whose name has a form.

use aws_sdk_ec2::types::Image;
use mlinfra_provider_api::ProviderError;

use crate::call::Call;
use crate::client::Region;
use crate::kinds::invalid;
use crate::tags::filter;

/// What a launch template needs to know of an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) id: String,
    /// The device that the first disk has to be given for.
    pub(crate) root: String,
}

impl Region {
    /// The image that a text means: `ami-…`, or an owner and a form of names with `*` and `?`, such
    /// as `099720109477/ubuntu/images/hvm-ssd*/ubuntu-noble-24.04-amd64-server-*`.
    ///
    /// # Errors
    ///
    /// `Invalid` if there is no such image, or none that can be used.
    pub(crate) async fn image(&self, text: &str) -> Result<Found, ProviderError> {
        let ask = self.ec2.describe_images();
        let ask = if text.starts_with("ami-") {
            ask.image_ids(text)
        } else {
            let Some((owner, form)) = text.split_once('/') else {
                let message = format!("`{text}` is neither `ami-…` nor `OWNER/NAME`");
                return Err(invalid("image", message));
            };
            let names = aws_sdk_ec2::types::Filter::builder()
                .name("name")
                .values(form);
            let available = filter("state", "available");
            ask.owners(owner).filters(names.build()).filters(available)
        };
        let mut pages = ask.into_paginator().send();
        let mut newest: Option<Image> = None;
        while let Some(page) = pages.next().await {
            let page = page.map_err(|e| Call::read("ec2:DescribeImages").failed(e))?;
            let images = page.images.unwrap_or_default().into_iter();
            newest = images.chain(newest).max_by(|a, b| age(a).cmp(&age(b)));
        }
        let Some(image) = newest else {
            let message = format!("there is no image `{text}` in {}", self.name);
            return Err(invalid("image", message));
        };
        Ok(Found {
            id: image.image_id().unwrap_or_default().to_owned(),
            root: image.root_device_name().unwrap_or("/dev/xvda").to_owned(),
        })
    }
}

/// ISO 8601 in UTC, which sorts as text; then the identifier, so that the choice is the same twice.
fn age(image: &Image) -> (Option<&str>, Option<&str>) {
    (image.creation_date(), image.image_id())
}
