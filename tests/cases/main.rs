//! The built program against the emulated tenant.

mod cert;
mod cert_convert;
mod cert_show;
mod cert_store;
mod certificate;
mod certificate_source;
mod check;
mod check_tenant;
mod credential;
mod demo;
mod emulator;
mod exit_codes;
mod faults;
mod help;
mod interrupt;
mod invoke;
mod output;
mod plugins;
mod profile;
mod roles;
mod run;
mod secrets;
mod terminal;
mod token;
mod token_cache;
mod token_shown;
