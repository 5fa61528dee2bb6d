//! The cmdlets of Exchange Online and Security & Compliance as data.
