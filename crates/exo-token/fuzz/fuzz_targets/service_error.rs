//! Whatever a refusal's body says is read, bounded and shown on one line, and holds no token.
#![no_main]

use exo_token::ServiceError;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some(error) = ServiceError::parse(401, data) else { return };
    let text = format!("{error} {}", error.remedy());
    assert!(text.len() < 20_000, "{} bytes", text.len());
    assert!(!text.chars().any(char::is_control), "{text:?}");
    let is_part = |c: char| c.is_ascii_alphanumeric() || "-_.+/=".contains(c);
    let whole = format!("{error:?}");
    assert!(!whole.split(|c| !is_part(c)).any(|word| word.len() > 40 && word.contains("eyJ")), "{whole}");
    assert!(error.known().is_none_or(|known| error.codes.contains(&known.code)));
    assert!(error.setup_step().is_none() || error.code().is_some());
    std::hint::black_box(error.is_temporary());
});
