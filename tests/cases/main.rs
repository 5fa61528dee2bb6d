//! The built program against the emulated tenant.

mod cert;
mod certificate;
mod check;
mod emulator;
mod faults;
mod invoke;
mod profile;
mod roles;
mod token;
