//! An offline tenant: token endpoint, admin API, faults on demand.
