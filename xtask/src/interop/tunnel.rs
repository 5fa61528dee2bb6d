//! A proxy that leads the token service's own names to the emulator, and refuses all others: nothing leaves the machine.

use anyhow::{Context, Result};
use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// Names of the token service.
const NAMES: &[&str] = &[
    "login.microsoftonline.com",
    "login.microsoft.com",
    "login.windows.net",
    "sts.windows.net",
    "login.microsoftonline.us",
];

/// A proxy by `CONNECT` on loopback; it serves until the program ends.
pub(super) struct Tunnel {
    address: String,
    asked: Arc<Asked>,
}

#[derive(Default)]
struct Asked {
    served: Mutex<Vec<String>>,
    refused: Mutex<Vec<String>>,
}

impl Tunnel {
    /// Listens, and leads everything to the origin given.
    pub(super) fn start(origin: &str) -> Result<Self> {
        let port: u16 = origin.rsplit(':').next().context("an origin without port")?.parse()?;
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = format!("http://{}", listener.local_addr()?);
        let asked = Arc::new(Asked::default());
        let kept = Arc::clone(&asked);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let asked = Arc::clone(&kept);
                // A connection that breaks is the library's to notice.
                thread::spawn(move || drop(serve(client, port, &asked)));
            }
        });
        Ok(Self { address, asked })
    }

    /// For `HTTPS_PROXY`.
    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// The names that were led to the emulator, each once.
    pub(super) fn names(&self) -> Vec<String> {
        let mut names = self.asked.served.lock().unwrap_or_else(PoisonError::into_inner).clone();
        names.sort();
        names.dedup();
        names
    }

    /// A name that was refused.
    pub(super) fn refused(&self) -> Option<String> {
        self.asked.refused.lock().unwrap_or_else(PoisonError::into_inner).first().cloned()
    }
}

fn serve(mut client: TcpStream, port: u16, asked: &Asked) -> std::io::Result<()> {
    let mut reader = BufReader::new(client.try_clone()?);
    let mut first = String::new();
    reader.read_line(&mut first)?;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 || line.trim().is_empty() {
            break;
        }
    }
    let target = first.strip_prefix("CONNECT ").and_then(|rest| rest.split(' ').next()).unwrap_or(first.trim());
    let name = target.strip_suffix(":443").unwrap_or(target);
    if !NAMES.contains(&name) {
        asked.refused.lock().unwrap_or_else(PoisonError::into_inner).push(target.to_owned());
        return client.write_all(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
    }
    asked.served.lock().unwrap_or_else(PoisonError::into_inner).push(name.to_owned());
    let server = TcpStream::connect(("127.0.0.1", port))?;
    client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
    let (mut up, mut down) = (server.try_clone()?, client.try_clone()?);
    // What the reader already has belongs to the server.
    let upward = thread::spawn(move || {
        drop(std::io::copy(&mut reader, &mut up));
        drop(up.shutdown(Shutdown::Write));
    });
    let mut server = server;
    drop(std::io::copy(&mut server, &mut down));
    drop(down.shutdown(Shutdown::Both));
    drop(upward.join());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    fn ask(tunnel: &Tunnel, request: &str) -> String {
        let address = tunnel.address().strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(format!("{request}\r\n\r\n").as_bytes()).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    #[test]
    fn only_the_token_services_names_are_led_anywhere() {
        let origin = TcpListener::bind("127.0.0.1:0").unwrap();
        let tunnel = Tunnel::start(&format!("https://localhost:{}", origin.local_addr().unwrap().port())).unwrap();
        assert!(ask(&tunnel, "CONNECT graph.microsoft.com:443 HTTP/1.1").starts_with("HTTP/1.1 403"));
        assert_eq!(tunnel.refused().as_deref(), Some("graph.microsoft.com:443"));
        thread::spawn(move || drop(origin.accept().map(|(mut stream, _)| stream.write_all(b"served"))));
        let answer = ask(&tunnel, "CONNECT login.microsoftonline.com:443 HTTP/1.1");
        assert!(answer.ends_with("\r\n\r\nserved"), "{answer}");
        assert_eq!(tunnel.names(), ["login.microsoftonline.com"]);
    }
}
