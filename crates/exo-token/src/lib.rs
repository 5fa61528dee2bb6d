//! App-only access tokens from Entra ID with a certificate.
