//! The checks of this library, through the table that the program uses, on a host without a tenant.

#[cfg(test)]
mod alerts;
#[cfg(test)]
mod outbound_autoforward;
#[cfg(test)]
mod records;
