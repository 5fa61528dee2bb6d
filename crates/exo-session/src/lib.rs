//! Cmdlets over HTTPS for Exchange Online and Security & Compliance, page by page.
