//! Exchanges that break, each at its own point.

use crate::server::{Server, Then, ok};
use crate::{fetch, get, gzip};
use exo_http::{Error, HttpsTransport, Phase, Transport};
use std::time::Duration;

#[tokio::test]
async fn a_body_cut_short_is_truncated() {
    let cuts: [&[u8]; 2] = [
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"value\":",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{\"value\":\r\n",
    ];
    for cut in cuts {
        let server = Server::start(vec![Then::Close(cut.to_vec())]).await;
        let error = fetch(&server, "/").await.unwrap_err();
        assert!(matches!(error, Error::Truncated { received: 9, .. }), "{error:?}");
        assert!(error.may_have_been_sent() && error.is_transient());
    }
}

#[tokio::test]
async fn a_packed_body_cut_short_with_a_right_length_is_truncated() {
    let packed = gzip(b"a text that is long enough to be cut");
    let server = Server::start(vec![Then::Answer(ok("", &packed[..packed.len() - 9]))]).await;
    assert!(matches!(fetch(&server, "/").await, Err(Error::Truncated { .. })));
}

#[tokio::test]
async fn a_connection_broken_before_the_answer_is_a_reset() {
    for then in [Then::Reset, Then::Close(Vec::new()), Then::Close(b"HTTP/1.1 200 OK\r\nConte".to_vec())] {
        let server = Server::start(vec![then]).await;
        let error = fetch(&server, "/").await.unwrap_err();
        assert!(matches!(error, Error::Reset { .. }), "{error:?}");
        assert!(error.may_have_been_sent());
        // Repeated by nobody here.
        assert_eq!(server.heads().len(), 1);
    }
}

#[tokio::test]
async fn what_is_not_http_is_garbled() {
    let server = Server::start(vec![Then::Close(b"SSH-2.0-OpenSSH_9.7\r\n\r\n".to_vec())]).await;
    let error = fetch(&server, "/").await.unwrap_err();
    assert!(matches!(error, Error::Garbled { .. }), "{error:?}");
}

#[tokio::test]
async fn nobody_listening_is_no_connection() {
    let address = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    };
    let transport = HttpsTransport::builder().build().unwrap();
    let error = transport.send(get(&format!("http://{address}/"))).await.unwrap_err();
    assert!(matches!(error, Error::Connect { .. }), "{error:?}");
    assert!(!error.may_have_been_sent() && error.is_transient());
}

#[tokio::test]
async fn a_name_without_address_is_named() {
    // Longer than a label may be, so that no name server is asked.
    let host = format!("{}.example", "x".repeat(64));
    let transport = HttpsTransport::builder().build().unwrap();
    let error = transport.send(get(&format!("http://{host}/"))).await.unwrap_err();
    assert!(matches!(error, Error::Dns { .. }), "{error:?}");
    assert!(error.to_string().contains(&host));
    assert!(!error.may_have_been_sent());
}

#[tokio::test]
async fn the_phase_of_a_timeout_is_told() {
    let half = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf".to_vec();
    for (sent, expected) in [(Vec::new(), Phase::Answer), (half, Phase::Body)] {
        let server = Server::start(vec![Then::Stall(sent)]).await;
        let transport = HttpsTransport::builder().timeout(Duration::from_millis(400)).build().unwrap();
        let error = transport.send(get(&server.url("/"))).await.unwrap_err();
        assert!(matches!(error, Error::Timeout { phase, .. } if phase == expected), "{error:?}");
        assert!(error.may_have_been_sent());
    }
}

#[tokio::test]
async fn a_server_that_accepts_and_shakes_no_hand_is_a_timeout_of_the_connection() {
    let server = Server::start(vec![Then::Stall(Vec::new())]).await;
    let transport = HttpsTransport::builder().connect_timeout(Duration::from_millis(400)).build().unwrap();
    let error = transport.send(get(&format!("https://{}/", server.address))).await.unwrap_err();
    assert!(matches!(error, Error::Timeout { phase: Phase::Connect, .. }), "{error:?}");
    assert!(!error.may_have_been_sent());
}

#[tokio::test]
async fn an_address_without_host_cannot_be_sent() {
    let transport = HttpsTransport::builder().build().unwrap();
    let error = transport.send(get("/only/a/path")).await.unwrap_err();
    assert!(matches!(error, Error::Request { .. }), "{error:?}");
}
