//! Commands of the user that print a secret.

use exo_model::SecretBytes;
use std::io::Read;
use std::process::{Command, Stdio};

/// What a command prints, or why it printed nothing of use; `what` names what it is to print.
pub(crate) fn output(what: &str, line: &str) -> Result<SecretBytes, String> {
    let (shell, flag) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
    let mut child = Command::new(shell)
        .args([flag, line])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .map_err(|error| format!("the {what} command could not be started: {error}"))?;
    let printed = child.stdout.take().map(|stdout| bounded(what, stdout));
    let status = child.wait().map_err(|error| format!("the {what} command could not be waited for: {error}"))?;
    // What is too long ends the command as well, and is the better reason.
    let printed = printed.transpose()?.unwrap_or_default();
    if !status.success() {
        return Err(format!("the {what} command ended with {status}"));
    }
    Ok(printed)
}

/// Reads to the end; what is longer than any certificate is refused.
pub(crate) fn bounded(what: &str, source: impl Read) -> Result<SecretBytes, String> {
    // Room for everything at once, so that no copy of a secret is left behind by growing; untouched room costs nothing.
    let mut bytes = Vec::with_capacity(MOST + 1);
    let read = source.take(MOST as u64 + 1).read_to_end(&mut bytes);
    let bytes = SecretBytes::new(bytes);
    read.map_err(|error| format!("the {what} cannot be read: {error}"))?;
    if bytes.expose().len() > MOST {
        return Err(format!("the {what} is longer than {} MiB, which none is", MOST >> 20));
    }
    Ok(bytes)
}

/// A word as a shell takes it, in quotes where it needs them.
pub(crate) fn word(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./:@%+=,".contains(c) || (cfg!(windows) && c == '\\');
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

const MOST: usize = 4 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_endless_is_refused() {
        assert!(bounded("certificate", std::io::repeat(b'x')).unwrap_err().contains("4 MiB"));
        assert_eq!(bounded("certificate", &b"abc"[..]).unwrap().expose(), b"abc");
    }

    #[test]
    fn a_word_is_quoted_where_it_must_be() {
        assert_eq!(word("a/b-c.toml"), "a/b-c.toml");
        assert_eq!(word("it's"), "'it'\\''s'");
        assert_eq!(word(""), "''");
    }

    #[cfg(unix)]
    #[test]
    fn a_command_that_fails_gives_nothing() {
        assert_eq!(output("certificate", "printf abc").unwrap().expose(), b"abc");
        assert!(output("certificate", "printf abc; exit 3").unwrap_err().contains("ended with"));
        assert!(output("certificate", "cat /dev/zero").unwrap_err().contains("4 MiB"));
    }
}
