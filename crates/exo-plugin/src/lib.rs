//! What an author of reports uses.
