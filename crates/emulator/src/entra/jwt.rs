//! The tokens that the emulator issues and verifies.

use std::fmt;

use jiff::Timestamp;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

/// Issues and verifies tokens with a private key.
pub(crate) struct Tokens {
    encoding: EncodingKey,
    decoding: DecodingKey,
}

/// The claims of a token. The names are those of the JWT.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Claims {
    pub(crate) aud: String,
    pub(crate) iss: String,
    pub(crate) sub: String,
    pub(crate) appid: String,
    pub(crate) oid: String,
    pub(crate) tid: String,
    pub(crate) iat: i64,
    pub(crate) nbf: i64,
    pub(crate) exp: i64,
}

/// A token that the emulator did not issue, or that is no longer valid.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub(crate) struct TokenError(#[from] jsonwebtoken::errors::Error);

impl TokenError {
    /// Returns whether the token was valid once.
    pub(crate) fn expired(&self) -> bool {
        matches!(
            self.0.kind(),
            jsonwebtoken::errors::ErrorKind::ExpiredSignature
        )
    }
}

impl Tokens {
    pub(crate) fn new() -> Self {
        let secret = [Uuid::new_v4(), Uuid::new_v4()]
            .map(Uuid::into_bytes)
            .concat();
        Self {
            encoding: EncodingKey::from_secret(&secret),
            decoding: DecodingKey::from_secret(&secret),
        }
    }

    /// Returns the claims as a signed token.
    pub(crate) fn sign(&self, claims: &impl Serialize) -> Result<String, TokenError> {
        Ok(jsonwebtoken::encode(
            &Header::new(Algorithm::HS256),
            claims,
            &self.encoding,
        )?)
    }

    /// Returns the claims of an access token, if the emulator issued it and it has not expired.
    pub(crate) fn verify(&self, token: &str) -> Result<Claims, TokenError> {
        let mut validation = Validation::new(Algorithm::HS256);
        // Audiences are compared by the caller. Expiry is exact, because tests rely on it.
        validation.validate_aud = false;
        validation.validate_exp = false;
        let claims: Claims = jsonwebtoken::decode(token, &self.decoding, &validation)?.claims;
        if claims.exp <= Timestamp::now().as_second() {
            return Err(TokenError(ErrorKind::ExpiredSignature.into()));
        }
        Ok(claims)
    }

    /// Returns whether the emulator signed a token, whatever its claims are.
    pub(crate) fn signed_here(&self, token: &str) -> bool {
        self.statement(token).is_some()
    }

    /// Returns the audience of a token that the emulator signed, expired or not.
    pub(crate) fn audience(&self, token: &str) -> Option<String> {
        Some(self.statement(token)?.get("aud")?.as_str()?.to_owned())
    }

    /// Returns the claims of a token that the emulator signed, expired or not.
    pub(crate) fn statement(&self, token: &str) -> Option<Value> {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.validate_aud = false;
        validation.validate_exp = false;
        validation.required_spec_claims.clear();
        Some(
            jsonwebtoken::decode(token, &self.decoding, &validation)
                .ok()?
                .claims,
        )
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens").finish_non_exhaustive()
    }
}
