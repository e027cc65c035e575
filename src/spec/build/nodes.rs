use core::net::{Ipv4Addr, Ipv6Addr};

use super::Builder;
use crate::diagnostics::{Diagnostic, spec};
use crate::model::{NodeSettings, Written};
use crate::spec::section::Section;
use crate::spec::typed::Typed;
use crate::units::Bytes;

/// 64 TiB: the largest disk that a cloud of today has.
const LARGEST_DISK: u64 = 64 << 40;

/// What EC2 takes, before base64; the others take more.
const MOST_USER_DATA: usize = 16 * 1024;

impl Builder<'_, '_> {
    /// A `nodes` block.
    pub(super) fn nodes(&self, section: &Section) -> NodeSettings {
        let settings = NodeSettings {
            image: section.text("image").filter(|image| self.is_image(image)),
            user_data: self.user_data(section),
            disk: self.disk(section),
            open_ports: open_ports(section),
            open_to: self.open_to(section),
            instance_profile: self.text_in(section, "instance_profile"),
            key_name: self.text_in(section, "key_name"),
            origin: Some(section.origin),
        };
        if let (true, Some(at)) = (
            section.lacks_argument("open_ports"),
            section.given("open_to"),
        ) {
            let detail =
                "`open_to` says from where `open_ports` can be reached, which isn't given.";
            self.report(&spec::CONFLICT, at, detail);
        }
        settings
    }

    fn is_image(&self, image: &Written<String>) -> bool {
        let named = |(owner, name): (&str, &str)| !owner.is_empty() && !name.is_empty();
        let text = &image.value;
        let good = text.starts_with("ami-") || text.split_once('/').is_some_and(named);
        if !good {
            let diagnostic = Diagnostic::error(&spec::INVALID_FORM)
                .at(image.origin)
                .detail("An image is `ami-…`, or `OWNER/NAME` for the newest of that name.")
                .hint(
                    "for one of Amazon's write e.g. `image = \"amazon/al2023-ami-2023.*-x86_64\"`.",
                );
            self.evaluator.report(diagnostic);
        }
        good
    }

    fn user_data(&self, section: &Section) -> Option<String> {
        let text = section.text("user_data")?;
        if text.value.len() > MOST_USER_DATA {
            let detail = format!(
                "It has {} bytes, and clouds take {MOST_USER_DATA}. A short script that fetches the \
                 rest does.",
                text.value.len()
            );
            self.report(&spec::OUT_OF_RANGE, text.origin, detail);
            return None;
        }
        Some(text.value)
    }

    fn disk(&self, section: &Section) -> Option<Bytes> {
        let disk = section.bytes("disk")?;
        if disk.value.get() > LARGEST_DISK {
            let detail = format!(
                "The largest disk is 64 TiB, and this one has {}.",
                disk.value
            );
            self.report(&spec::OUT_OF_RANGE, disk.origin, detail);
            return None;
        }
        Some(disk.value)
    }

    fn open_to(&self, section: &Section) -> Vec<String> {
        let Some(list) = section.texts("open_to") else {
            return Vec::new();
        };
        let mut open_to: Vec<String> = Vec::new();
        for text in list.value {
            match canonical(&text.value) {
                Some(cidr) => open_to.push(cidr),
                None => {
                    let detail = format!(
                        "`{}` isn't a range of addresses; one is written `ADDRESS/BITS`, e.g. \
                         \"10.0.0.0/8\" or \"2001:db8::/32\".",
                        text.value
                    );
                    self.report(&spec::INVALID_FORM, text.origin, detail);
                }
            }
        }
        // Clouds keep them as a set.
        open_to.sort();
        open_to.dedup();
        open_to
    }

    fn text_in(&self, section: &Section, argument: &str) -> Option<String> {
        let text = section.text(argument)?;
        if text.value.is_empty() {
            let detail = format!("`{argument}` is empty; leave it out where there is none.");
            self.report(&spec::INVALID_FORM, text.origin, detail);
            return None;
        }
        Some(text.value)
    }
}

/// In order, each once.
fn open_ports(section: &Section) -> Vec<u16> {
    let ports = section.list("open_ports").map(|list| list.value);
    let number = |port: Written<Typed>| match port.value {
        Typed::Count(port) => u16::try_from(port).ok(),
        _ => None,
    };
    let mut ports: Vec<u16> = ports.into_iter().flatten().filter_map(number).collect();
    ports.sort_unstable();
    ports.dedup();
    ports
}

/// The form in which clouds give a range of addresses back: without bits beyond its length.
fn canonical(text: &str) -> Option<String> {
    let (address, bits) = text.split_once('/')?;
    let bits: u32 = bits.parse().ok()?;
    let address = match address.parse::<Ipv4Addr>() {
        Ok(address) => {
            let mask = u32::MAX.checked_shl(32_u32.checked_sub(bits)?).unwrap_or(0);
            Ipv4Addr::from_bits(address.to_bits() & mask).to_string()
        }
        Err(_) => {
            let address: Ipv6Addr = address.parse().ok()?;
            let mask = u128::MAX
                .checked_shl(128_u32.checked_sub(bits)?)
                .unwrap_or(0);
            Ipv6Addr::from_bits(address.to_bits() & mask).to_string()
        }
    };
    Some(format!("{address}/{bits}"))
}

#[cfg(test)]
mod tests {
    use super::canonical;

    #[test]
    fn ranges_of_addresses_are_kept_as_clouds_give_them_back() {
        let cases = [
            ("10.1.2.3/8", Some("10.0.0.0/8")),
            ("0.0.0.0/0", Some("0.0.0.0/0")),
            ("2001:DB8::1/32", Some("2001:db8::/32")),
            ("10.0.0.0/33", None),
            ("10.0.0.0", None),
            ("everybody", None),
        ];
        for (text, kept) in cases {
            assert_eq!(canonical(text).as_deref(), kept, "{text}");
        }
    }
}
