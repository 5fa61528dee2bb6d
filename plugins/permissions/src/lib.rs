//! Who may open or send as whose mailbox.
