//! Bearer tokens of Admin API: JSON web tokens, signed with HMAC-SHA256.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;
use serde_json::{Value, json};

/// The one scope.
pub const SCOPE: &str = "edfi_admin_api/full_access";
/// Lifetime of a token, in seconds.
pub const LIFETIME: i64 = 1800;

/// Signs a token for that client. `now` is in seconds since 1970.
pub fn issue(key: &hmac::Key, issuer: &str, client: &str, now: i64) -> String {
    let part = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
    let header = part(&json!({ "alg": "HS256", "typ": "at+jwt" }));
    let claims = part(&json!({
        "iss": issuer,
        "sub": client,
        "client_id": client,
        "scope": SCOPE,
        "iat": now,
        "exp": now + LIFETIME,
        "jti": format!("{:032x}", rand::random::<u128>()),
    }));
    let signed = format!("{header}.{claims}");
    let signature = hmac::sign(key, signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()))
}

/// Whether a token was issued here and is still good.
pub fn is_valid(key: &hmac::Key, issuer: &str, token: &str, now: i64) -> bool {
    let valid = || {
        let (signed, signature) = token.rsplit_once('.')?;
        hmac::verify(
            key,
            signed.as_bytes(),
            &URL_SAFE_NO_PAD.decode(signature).ok()?,
        )
        .ok()?;
        let (_, claims) = signed.split_once('.')?;
        let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()?;
        let ours =
            claims.get("iss")?.as_str()? == issuer && claims.get("scope")?.as_str()? == SCOPE;
        Some(ours && now < claims.get("exp")?.as_i64()?)
    };
    valid().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_good_for_half_an_hour_and_only_here() {
        let key = hmac::Key::new(hmac::HMAC_SHA256, b"key");
        let token = issue(&key, "https://host", "client", 1000);
        assert!(is_valid(&key, "https://host", &token, 1000 + LIFETIME - 1));
        assert!(!is_valid(&key, "https://host", &token, 1000 + LIFETIME));
        assert!(!is_valid(&key, "https://other", &token, 1000));
        assert!(!is_valid(
            &hmac::Key::new(hmac::HMAC_SHA256, b"other"),
            "https://host",
            &token,
            1000
        ));
        let forged = token.replacen('.', "A.", 1);
        assert!(!is_valid(&key, "https://host", &forged, 1000));
        assert!(!is_valid(&key, "https://host", "nonsense", 1000));
    }
}
