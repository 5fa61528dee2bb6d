//! The public surface, with small bad libraries in both carriers.

#[cfg(test)]
mod built;
#[cfg(test)]
mod contained;
#[cfg(test)]
mod empty;
#[cfg(test)]
mod hazards;
#[cfg(test)]
#[cfg(target_os = "linux")]
mod inspection;
#[cfg(test)]
mod parent;
#[cfg(test)]
mod policy;
#[cfg(test)]
mod recorded;
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
