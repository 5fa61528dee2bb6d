//! A relay for plain TCP that keeps what passes through it.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};

/// Passes everything on to a server, and keeps what the server said.
#[derive(Debug)]
pub struct Relay {
    address: SocketAddr,
    said: Arc<Mutex<Vec<u8>>>,
}

#[expect(clippy::panic, reason = "a test whose server cannot be started cannot go on")]
impl Relay {
    /// A relay to an address such as `http://127.0.0.1:1234`.
    pub fn to(address: &str) -> Self {
        let target = address.trim_start_matches("http://").replace("localhost", "127.0.0.1");
        let listener = TcpListener::bind("127.0.0.1:0").unwrap_or_else(|error| panic!("a port: {error}"));
        let address = listener.local_addr().unwrap_or_else(|error| panic!("a port: {error}"));
        let said = Arc::<Mutex<Vec<u8>>>::default();
        let kept = Arc::clone(&said);
        // Ends with the process of the test.
        std::thread::spawn(move || {
            for near in listener.incoming().flatten() {
                let (target, kept) = (target.clone(), Arc::clone(&kept));
                std::thread::spawn(move || pass(near, &target, &kept));
            }
        });
        Self { address, said }
    }

    /// The address in place of the server's.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The values of a member of the JSON that was said, as they stand there.
    pub fn members(&self, name: &str) -> Vec<String> {
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let text = String::from_utf8_lossy(&said).into_owned();
        let begin = format!("\"{name}\":\"");
        text.split(&begin).skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect()
    }
}

fn pass(mut near: TcpStream, target: &str, kept: &Mutex<Vec<u8>>) -> Option<()> {
    let mut far = TcpStream::connect(target).ok()?;
    let (mut from, mut to) = (near.try_clone().ok()?, far.try_clone().ok()?);
    std::thread::spawn(move || {
        // Whoever hangs up has had enough.
        std::io::copy(&mut from, &mut to).ok();
        to.shutdown(Shutdown::Write).ok();
    });
    let mut piece = [0; 8192];
    loop {
        let count = far.read(&mut piece).ok().filter(|count| *count > 0)?;
        let piece = piece.get(..count)?;
        kept.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(piece);
        near.write_all(piece).ok()?;
    }
}
