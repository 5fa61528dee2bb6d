//! All texts in one place.
