//! The built program against the emulated tenant.
