//! What tokens grant, and which roles would do.

#[cfg(test)]
mod claims;
#[cfg(test)]
mod cmdlets;
#[cfg(test)]
mod least;
#[cfg(test)]
mod least_search;
#[cfg(test)]
mod openers;
#[cfg(test)]
mod parameters;
#[cfg(test)]
mod preflight;
#[cfg(test)]
mod sentences;
#[cfg(test)]
mod table;

/// A cmdlet without parameters.
#[cfg(test)]
fn need(service: exo_model::Service, cmdlet: &str) -> exo_rbac::Need {
    exo_rbac::Need::new(service, cmdlet.parse().unwrap())
}
