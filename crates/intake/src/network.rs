//! Networks: the prefix that the limiter counts by, and ranges written in a configuration.
//!
//! Invariant: an address becomes a [`Prefix`] at once, a prefix a salted hash; neither has a
//! `Display` or `Debug` that shows it.

use std::{
    fmt,
    net::{IpAddr, Ipv6Addr},
    str::FromStr,
};

use serde::Deserialize;
use thiserror::Error;

/// What the limiter counts by: IPv4 /24, IPv6 /48.
///
/// A /48 is what one site gets, whoever it is. A /24 is the smallest block routed on the internet
/// and what an attacker rents cheaply as a whole, so counting single IPv4 addresses would hand out
/// 256 allowances; and it keeps a campus's address pool together no worse than one shared address
/// does. Neighbours in a busy /24 lose nothing: an empty allowance costs them some work, never the
/// report.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Prefix([u8; 7]);

impl Prefix {
    /// The prefix that an address belongs to.
    #[must_use]
    pub fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => {
                let [a, b, c, _] = address.octets();
                Self([4, a, b, c, 0, 0, 0])
            }
            IpAddr::V6(address) => {
                let [a, b, c, d, e, f, ..] = address.octets();
                Self([6, a, b, c, d, e, f])
            }
        }
    }

    /// The bytes that are hashed.
    pub(crate) const fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Prefix(..)")
    }
}

/// A range of addresses, written `192.0.2.0/24` or `2001:db8::/32`.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(try_from = "String")]
pub struct Network {
    first: u128,
    bits: u8,
}

/// A range of addresses is not of the form `192.0.2.0/24`.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error(
    "a network is written like \"192.0.2.0/24\" or \"2001:db8::/32\", with no bit set after the prefix"
)]
pub struct NetworkError;

impl Network {
    /// Whether the range holds an address.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        as_number(address) & mask(self.bits) == self.first
    }
}

impl FromStr for Network {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, NetworkError> {
        let (address, bits) = text.split_once('/').ok_or(NetworkError)?;
        let address: IpAddr = address.parse().map_err(|_| NetworkError)?;
        let bits: u8 = bits.parse().map_err(|_| NetworkError)?;
        let (width, offset) = match address {
            IpAddr::V4(_) => (32, 96),
            IpAddr::V6(_) => (128, 0),
        };
        if bits > width {
            return Err(NetworkError);
        }
        let (first, bits) = (as_number(address), bits + offset);
        if first & !mask(bits) != 0 {
            return Err(NetworkError);
        }
        Ok(Self { first, bits })
    }
}

impl TryFrom<String> for Network {
    type Error = NetworkError;

    fn try_from(text: String) -> Result<Self, NetworkError> {
        text.parse()
    }
}

/// IPv4 lives among the IPv4-mapped IPv6 addresses.
fn as_number(address: IpAddr) -> u128 {
    let mapped: Ipv6Addr = match address {
        IpAddr::V4(address) => address.to_ipv6_mapped(),
        IpAddr::V6(address) => address,
    };
    u128::from_be_bytes(mapped.octets())
}

const fn mask(bits: u8) -> u128 {
    match 128_u32.checked_sub(bits as u32) {
        Some(128) | None => 0,
        Some(rest) => u128::MAX << rest,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn one_site_is_one_prefix() {
        let prefix = |text| Prefix::of(address(text));
        assert_eq!(prefix("192.0.2.1"), prefix("192.0.2.254"));
        assert_eq!(prefix("192.0.2.1"), prefix("::ffff:192.0.2.9"));
        assert_ne!(prefix("192.0.2.1"), prefix("192.0.3.1"));
        assert_eq!(prefix("2001:db8:1:2::3"), prefix("2001:db8:1:ffff::9"));
        assert_ne!(prefix("2001:db8:1::1"), prefix("2001:db8:2::1"));
        assert_eq!(format!("{:?}", prefix("192.0.2.1")), "Prefix(..)");
    }

    #[test]
    fn ranges_hold_what_they_say() {
        let network = |text: &str| text.parse::<Network>();
        let call_centre = network("198.51.100.0/25").expect("a range");
        assert!(call_centre.contains(address("198.51.100.127")));
        assert!(call_centre.contains(address("::ffff:198.51.100.1")));
        assert!(!call_centre.contains(address("198.51.100.128")));
        let site = network("2001:db8::/32").expect("a range");
        assert!(site.contains(address("2001:db8:ffff::1")));
        assert!(!site.contains(address("2001:db9::1")));
        assert!(
            network("0.0.0.0/0")
                .expect("all")
                .contains(address("192.0.2.1"))
        );
        assert!(
            network("::/0")
                .expect("all")
                .contains(address("2001:db8::1"))
        );
        for bad in [
            "",
            "192.0.2.0",
            "192.0.2.1/24",
            "192.0.2.0/33",
            "::/129",
            "x/8",
            "192.0.2.0/-1",
        ] {
            assert_eq!(network(bad), Err(NetworkError), "{bad}");
        }
    }
}
