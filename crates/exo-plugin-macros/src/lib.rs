//! Derives and attributes of exo-plugin.
