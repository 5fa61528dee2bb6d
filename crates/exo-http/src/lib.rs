//! One HTTPS exchange, with back-off and Retry-After as pure functions.
