//! The C tables of the plugin boundary.
