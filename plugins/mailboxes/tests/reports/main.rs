//! The reports of this library, through the table that the program uses, on a host without a tenant.

#[cfg(test)]
mod forwarding;
#[cfg(test)]
mod mailboxes;
#[cfg(test)]
mod records;
#[cfg(test)]
mod sizes;
