//! Certificates and keys for app-only sign-in: read, create, name, sign.
