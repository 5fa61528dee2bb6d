//! The public surface, with small bad libraries in both carriers.

#[cfg(test)]
mod hazards;
#[cfg(test)]
mod parent;
#[cfg(test)]
mod refused;
#[cfg(test)]
mod sandbox;
#[cfg(test)]
mod store;
#[cfg(test)]
mod world;
#[cfg(test)]
mod written;
