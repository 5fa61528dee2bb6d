//! A word that can be given once and heard everywhere: stop.

use std::sync::Arc;
use tokio::sync::watch;

/// Cancels runs; clones are the same token.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let token = exo_plugin_host::CancelToken::new();
/// let heard = token.clone();
/// assert!(!heard.is_cancelled());
/// token.cancel();
/// heard.cancelled().await;
/// # });
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct CancelToken(Arc<watch::Sender<bool>>);

impl CancelToken {
    /// A token that nobody has cancelled.
    pub fn new() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }

    /// Cancels; again is the same as once.
    pub fn cancel(&self) {
        self.0.send_replace(true);
    }

    /// Whether somebody cancelled.
    pub fn is_cancelled(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until somebody cancels.
    pub async fn cancelled(&self) {
        // It cannot fail: the sender lives as long as `self`.
        drop(self.0.subscribe().wait_for(|cancelled| *cancelled).await);
    }
}

impl Default for CancelToken {
    fn default() -> Self {
        Self::new()
    }
}
