//! Locking without a thought about poison.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks; a panic elsewhere leaves nothing half done that a later reader could not live with.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
