//! The public surface, with small bad libraries in both carriers.

mod hazards;
mod parent;
mod refused;
mod world;
mod written;
