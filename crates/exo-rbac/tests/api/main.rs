//! What tokens grant, and which roles would do.

#[cfg(test)]
mod advice;
#[cfg(test)]
mod claims;
#[cfg(test)]
mod cmdlets;
#[cfg(test)]
mod sentences;
#[cfg(test)]
mod table;
