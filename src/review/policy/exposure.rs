//! Which ranges of addresses are the whole internet, as good as.

use core::net::{Ipv4Addr, Ipv6Addr};

/// Shorter prefixes than this are more than a 256th of all IPv4 addresses: no network of anyone's.
const IPV4_BITS: u32 = 8;

/// The largest blocks that are handed out are /16 and longer; all unique addresses together are /3.
const IPV6_BITS: u32 = 16;

/// Whether a range, as `open_to` keeps it, is open to the whole internet or a large part of it. Halves
/// count as the whole, since two of them are it.
pub(super) fn is_public(range: &str) -> bool {
    let Some((address, bits)) = range.split_once('/') else {
        return false;
    };
    let Ok(bits) = bits.parse::<u32>() else {
        return false;
    };
    if address.parse::<Ipv4Addr>().is_ok() {
        return bits < IPV4_BITS;
    }
    let unique_local = |address: Ipv6Addr| bits >= 7 && address.octets()[0] & 0xfe == 0xfc;
    let address = address.parse::<Ipv6Addr>();
    address.is_ok_and(|address| bits < IPV6_BITS && !unique_local(address))
}

#[cfg(test)]
mod tests {
    use super::is_public;

    #[test]
    fn the_internet_is_public_in_halves_too_and_private_networks_are_not() {
        for range in ["0.0.0.0/0", "::/0", "0.0.0.0/1", "128.0.0.0/1", "2000::/3"] {
            assert!(is_public(range), "{range}");
        }
        for range in [
            "10.0.0.0/8",
            "fc00::/7",
            "fd00::/8",
            "2001:db8::/32",
            "192.0.2.1/32",
        ] {
            assert!(!is_public(range), "{range}");
        }
    }
}
