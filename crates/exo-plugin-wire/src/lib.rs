//! What both sides of the plugin boundary say and agree on.
