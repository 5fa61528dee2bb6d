//! Bodies and headers of errors as the service gives them.
