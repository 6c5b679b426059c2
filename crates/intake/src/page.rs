//! The headers that every page of this server has, beyond those of every answer.

use actix_web::http::header::{CONTENT_SECURITY_POLICY, HeaderMap, HeaderName, HeaderValue};

/// Kept, but asked about each time: an app that was replaced is replaced at once.
pub const CACHE: &str = "no-cache, no-transform";
/// A picture of the app is asked for once a visit: nothing depends on it.
pub const PICTURE_CACHE: &str = "max-age=3600, no-transform";

/// What a page may ask the browser for: to fill the clipboard, on a click. Everything else that
/// browsers know is refused, so that code which should not be there finds less to take.
const PERMISSIONS: &str = "accelerometer=(), autoplay=(), browsing-topics=(), camera=(), \
    clipboard-read=(), clipboard-write=(self), display-capture=(), encrypted-media=(), \
    fullscreen=(), gamepad=(), geolocation=(), gyroscope=(), hid=(), idle-detection=(), \
    keyboard-map=(), local-fonts=(), magnetometer=(), microphone=(), midi=(), payment=(), \
    picture-in-picture=(), publickey-credentials-create=(), publickey-credentials-get=(), \
    screen-wake-lock=(), serial=(), storage-access=(), usb=(), window-management=(), \
    xr-spatial-tracking=()";

const PERMISSIONS_HEADER: HeaderName = HeaderName::from_static("permissions-policy");
const FIXED: [(HeaderName, &str); 2] = [
    (PERMISSIONS_HEADER, PERMISSIONS),
    // A search engine's copy would be read where nobody watches what it runs.
    (HeaderName::from_static("x-robots-tag"), "noindex"),
];

/// Lets a page ask for the microphone, too: for recording what somebody would rather say. The
/// browser asks each time, and a camera is never needed: photos come from the device's own program.
pub fn allow_microphone(headers: &mut HeaderMap) {
    let permissions = PERMISSIONS.replace("microphone=()", "microphone=(self)");
    if let Ok(value) = HeaderValue::from_str(&permissions) {
        headers.insert(PERMISSIONS_HEADER, value);
    }
}

/// Sets them, with the policy for what the page may load.
pub fn restrict(headers: &mut HeaderMap, policy: &'static str) {
    for (name, value) in FIXED {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
}
