//! The words that all layers of exoctl share, and the seams between them.
