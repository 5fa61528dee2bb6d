//! Checks of mail flow and alert policies.
