//! The public files that the intake serves: directory, signatures, cards, keys of the exchange.

use std::time::Duration;

use candor_wire::Day;
use reqwest::{StatusCode, header::DATE};

use crate::network::{Network, ReadError, read_at_most};

/// Where the key cards are.
pub(crate) const CARDS: &str = "/v1/cards";
/// Where the keys of the exchange are.
pub(crate) const RELAY_KEYS: &str = "/v1/keys";
/// The most bytes of a minisign signature file.
pub(crate) const MAX_SIGNATURE_LEN: usize = 4096;

const TIMEOUT: Duration = Duration::from_secs(120);

/// Why a file is not here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FetchError {
    /// No connection, or it broke.
    Unreachable,
    /// Another status than 200, or more bytes than the file may have.
    NotServed,
}

/// A file, not checked.
pub(crate) struct Fetched {
    pub(crate) bytes: Vec<u8>,
    /// The day on the server's clock, if it named one.
    pub(crate) day: Option<Day>,
}

pub(crate) async fn fetch(
    network: &Network,
    http: &reqwest::Client,
    path: &str,
    limit: usize,
) -> Result<Fetched, FetchError> {
    let request = http.get(network.url(path)).timeout(TIMEOUT);
    let response = request.send().await.map_err(|_| FetchError::Unreachable)?;
    match response.status() {
        StatusCode::OK => {}
        // The intake stands, but what is behind it does not, or it is starting.
        status if status.is_server_error() => return Err(FetchError::Unreachable),
        _ => return Err(FetchError::NotServed),
    }
    let date = response.headers().get(DATE);
    let day = date.and_then(|value| parse_http_day(value.to_str().ok()?));
    match read_at_most(response, limit).await {
        Ok(bytes) => Ok(Fetched { bytes, day }),
        Err(ReadError::Broken) => Err(FetchError::Unreachable),
        Err(ReadError::TooLong) => Err(FetchError::NotServed),
    }
}

/// The day of `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, IMF-fixdate).
fn parse_http_day(text: &str) -> Option<Day> {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let (_, date) = text.split_once(", ")?;
    let mut parts = date.split(' ');
    let day = parts.next()?.parse().ok()?;
    let name = parts.next()?;
    let month = MONTHS.iter().position(|month| *month == name)? + 1;
    let year = parts.next()?.parse().ok()?;
    Day::from_civil(year, u32::try_from(month).ok()?, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_of_a_date_header_is_read() {
        let day = Day::from_civil(1994, 11, 6);
        assert_eq!(parse_http_day("Sun, 06 Nov 1994 08:49:37 GMT"), day);
        for bad in [
            "",
            "Sun",
            "Sun, 06 Nox 1994",
            "Sun, 99 Nov 1994 08:49:37 GMT",
            "Sun, ",
        ] {
            assert_eq!(parse_http_day(bad), None, "{bad}");
        }
    }
}
