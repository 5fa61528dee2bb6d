//! Which cmdlet an app may run, and through which role.
