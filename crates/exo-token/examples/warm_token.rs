//! What a kept token costs: asks a cache eleven million times, one caller after the other, and prints the time of one call.
//!
//! `warm_token` prints `N ns`, the median of eleven rounds.

use exo_http::SystemClock;
use exo_model::{AccessToken, Clock, Scope, SeamError, Secret, TokenProvider, TokenRequest};
use exo_token::Cached;
use std::error::Error;
use std::hint::black_box;
use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

/// Gives a token of the size that the service gives, good for an hour.
#[derive(Debug)]
struct Given(SystemTime);

#[async_trait::async_trait]
impl TokenProvider for Given {
    async fn token(&self, _: &TokenRequest) -> Result<AccessToken, SeamError> {
        Ok(AccessToken::new(Secret::new("t".repeat(1800)), self.0 + Duration::from_hours(1)))
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    const CALLS: u32 = 1_000_000;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    // Behind the seam, as the session asks.
    let provider: Arc<dyn TokenProvider> = Arc::new(Cached::new(Given(clock.now()), clock));
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let mut rounds = Vec::new();
    for _ in 0..11 {
        let begun = Instant::now();
        runtime.block_on(async {
            for _ in 0..CALLS {
                // Made for each call, as the session does before each request.
                let request = TokenRequest::new(Scope::new("https://outlook.office365.com/.default"));
                black_box(provider.token(&request).await?);
            }
            Ok::<_, SeamError>(())
        })?;
        rounds.push(begun.elapsed().as_nanos() / u128::from(CALLS));
    }
    rounds.sort_unstable();
    let median = rounds.get(5).copied().unwrap_or(u128::MAX);
    Ok(writeln!(std::io::stdout(), "{median} ns")?)
}
