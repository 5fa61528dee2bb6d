//! A tenant of a million mailboxes: every one is there once, and the process keeps none of them.

use std::collections::HashSet;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use rustls::pki_types::ServerName;
use rustls::{ClientConnection, StreamOwned};
use serde_json::json;

use crate::caller::{Caller, body, path, tenant};
use crate::client::{parse, start, trusting};

/// One connection for many requests of a caller, whose answers are plain and whole.
struct Kept {
    stream: StreamOwned<ClientConnection, TcpStream>,
    head: String,
}

impl Kept {
    fn open(caller: &Caller<'_>) -> Self {
        let emulator = caller.emulator;
        let socket = TcpStream::connect(("127.0.0.1", emulator.port())).unwrap();
        socket.set_nodelay(true).unwrap();
        let name = ServerName::try_from(caller.host.to_owned()).unwrap();
        let connection = ClientConnection::new(trusting(emulator.ca_pem()), name).unwrap();
        let mut head =
            format!("Host: {}:{}\r\nAuthorization: Bearer {}\r\n", caller.host, emulator.port(), caller.token);
        for (name, value) in &caller.headers {
            head.extend([name, ": ", value.as_str(), "\r\n"]);
        }
        Self { stream: StreamOwned::new(connection, socket), head }
    }

    /// The body of a 200.
    fn post(&mut self, path: &str, body: &str) -> Vec<u8> {
        let request = format!("POST {path} HTTP/1.1\r\n{}Content-Length: {}\r\n\r\n{body}", self.head, body.len());
        self.stream.write_all(request.as_bytes()).unwrap();
        let (mut raw, mut buffer) = (Vec::new(), vec![0; 1 << 16]);
        let end = loop {
            let read = self.stream.read(&mut buffer).unwrap();
            raw.extend_from_slice(&buffer[..read]);
            if let Some(end) = raw.windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
        };
        let reply = parse(&raw[..end]);
        assert_eq!(reply.status, 200);
        let mut body = raw.split_off(end);
        let already = body.len();
        body.resize(reply.header("content-length").parse().unwrap(), 0);
        self.stream.read_exact(&mut body[already..]).unwrap();
        body
    }
}

/// The most memory that this process ever had, in KiB, where the system tells.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches("kB").trim().parse().ok()
}

#[test]
fn a_million_mailboxes_are_read_and_none_is_kept() {
    let emulator = start(tenant().mailboxes(1_000_000));
    let mut caller = Kept::open(&Caller::exchange(&emulator).with("Prefer", "odata.maxpagesize=1000"));
    let text = body("Get-Mailbox", &json!({"ResultSize": "Unlimited"}));
    let mut next = Some(path("?$select=ExternalDirectoryObjectId"));
    let (mut pages, mut ids) = (0_u32, HashSet::<u64>::with_capacity(1_000_000));
    let mut early = None;
    while let Some(path) = next {
        let page = String::from_utf8(caller.post(&path, &text)).unwrap();
        let link = page.split_once("\"@odata.nextLink\":\"").map(|(_, rest)| rest.split('"').next().unwrap());
        next = link.map(|link| link[link.find("/adminapi").unwrap()..].to_owned());
        for row in page.split("\"ExternalDirectoryObjectId\":\"").skip(1) {
            // Half of an id tells a million apart.
            ids.insert(u64::from_str_radix(&row[..18].replace('-', ""), 16).unwrap());
        }
        pages += 1;
        early = early.or_else(|| (pages == 20).then(peak).flatten());
    }
    assert_eq!((pages, ids.len()), (1000, 1_000_000));
    assert_eq!(emulator.received("Get-Mailbox"), 1000);
    if let (Some(early), Some(late)) = (early, peak()) {
        // The log keeps its thousand requests; a million rows would take hundreds of MB.
        assert!(late < early + 32_768, "{early} KiB after 20 pages, {late} KiB after all");
    }
}
