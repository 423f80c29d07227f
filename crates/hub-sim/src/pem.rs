//! A certificate as text (RFC 7468). Knows nothing of what is in it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Characters in a line (RFC 7468 section 2).
const LINE: usize = 64;

/// The certificate `der` as a file.
pub(crate) fn certificate(der: &[u8]) -> String {
    let mut pem = "-----BEGIN CERTIFICATE-----\n".to_owned();
    let mut rest = STANDARD.encode(der);
    while !rest.is_empty() {
        let tail = rest.split_off(rest.len().min(LINE));
        pem.push_str(&rest);
        pem.push('\n');
        rest = tail;
    }
    pem.push_str("-----END CERTIFICATE-----\n");
    pem
}
