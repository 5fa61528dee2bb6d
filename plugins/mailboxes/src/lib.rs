//! Mailboxes, their sizes and their forwarding.
