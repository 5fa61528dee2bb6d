//! The public surface, with small bad libraries in both carriers.

mod hazards;
mod world;
