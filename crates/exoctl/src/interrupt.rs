//! Ctrl-C: the first asks everything to end in order, the second ends the program at once.

use crate::terminal;
use exo_plugin_host::CancelToken;

/// A token that the first interrupt cancels.
pub(crate) fn token() -> CancelToken {
    let token = CancelToken::new();
    let cancel = token.clone();
    tokio::spawn(async move {
        wait().await;
        cancel.cancel();
        terminal::say("interrupted: ending in order; press Ctrl-C again to end at once");
        wait().await;
        crate::end_now(exo_model::ErrorKind::Interrupted.exit_code());
    });
    token
}

/// Returns at an interrupt, or at a request to terminate where the system knows one.
async fn wait() {
    #[cfg(unix)]
    {
        let terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate());
        if let Ok(mut terminate) = terminate {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    // Where signals cannot be listened to, the system's own way of ending a program is left alone.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
