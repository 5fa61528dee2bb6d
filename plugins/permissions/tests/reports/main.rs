//! The reports of this library, through the table that the program uses, on a host without a tenant.

#[cfg(test)]
mod full_access;
#[cfg(test)]
mod records;
#[cfg(test)]
mod send_as;
