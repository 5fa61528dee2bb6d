#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod alerts;
pub mod outbound_autoforward;
mod texts;

pub use alerts::PurviewAlerts;
pub use outbound_autoforward::OutboundAutoforward;

exo_plugin::export!(OutboundAutoforward, PurviewAlerts);
