//! The real transport against servers on loopback.

#![expect(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

mod broken;
mod proxy;
mod server;
mod sight;
mod texts;
mod tls;

use bytes::Bytes;
use exo_http::{BodyLimit, Error, HttpsTransport, Request, Response, Transport};
use server::{Server, Then, ok};
use std::io::Write;

fn get(url: &str) -> Request {
    http::Request::get(url).body(Bytes::new()).unwrap()
}

async fn fetch(server: &Server, path: &str) -> Result<Response, Error> {
    HttpsTransport::builder().build().unwrap().send(get(&server.url(path))).await
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn a_request_goes_out_as_it_was_made() {
    let server = Server::start(vec![Then::Answer(ok("X-Answer: yes\r\n", b"hello"))]).await;
    let transport = HttpsTransport::builder().user_agent("exo-http-test/1").build().unwrap();
    let request = http::Request::post(server.url("/a/b?c=d%20e")).header("x-ask", "1").body("body".into()).unwrap();
    let answer = transport.send(request).await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["x-answer"], "yes");
    assert_eq!(answer.body(), "hello");
    let head = &server.heads()[0];
    assert!(head.starts_with("POST /a/b?c=d%20e HTTP/1.1\r\n"), "{head}");
    for line in ["x-ask: 1", "user-agent: exo-http-test/1", "accept-encoding: gzip", "content-length: 4"] {
        assert!(head.contains(line), "{line} in {head}");
    }
}

#[tokio::test]
async fn any_status_is_an_answer() {
    for status in ["401 Unauthorized", "429 Too Many Requests", "502 Bad Gateway"] {
        let bytes = format!("HTTP/1.1 {status}\r\nContent-Length: 2\r\n\r\nno").into_bytes();
        let server = Server::start(vec![Then::Answer(bytes)]).await;
        let answer = fetch(&server, "/").await.unwrap();
        assert!(status.starts_with(answer.status().as_str()));
        assert_eq!(answer.body(), "no");
    }
}

#[tokio::test]
async fn a_packed_body_is_unpacked_whatever_its_label() {
    for label in ["Content-Encoding: gzip\r\n", "", "Content-Encoding: identity\r\n"] {
        let server = Server::start(vec![Then::Answer(ok(label, &gzip(b"packed text")))]).await;
        let answer = fetch(&server, "/").await.unwrap();
        assert_eq!(answer.body(), "packed text", "{label}");
        assert!(!answer.headers().contains_key("content-encoding"));
        assert!(!answer.headers().contains_key("content-length"));
    }
}

#[tokio::test]
async fn a_body_that_is_only_labelled_packed_stays_as_it_is() {
    let server = Server::start(vec![Then::Answer(ok("Content-Encoding: gzip\r\n", b"{\"plain\":1}"))]).await;
    assert_eq!(fetch(&server, "/").await.unwrap().body(), "{\"plain\":1}");
}

#[tokio::test]
async fn redirects_and_cookies_are_left_to_the_caller() {
    let redirect = b"HTTP/1.1 302 Found\r\nLocation: /other\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n".to_vec();
    let server = Server::start(vec![Then::Answer(redirect)]).await;
    let transport = HttpsTransport::builder().build().unwrap();
    for _ in 0..2 {
        let answer = transport.send(get(&server.url("/first"))).await.unwrap();
        assert_eq!((answer.status().as_u16(), answer.headers()["location"].as_bytes()), (302, b"/other".as_slice()));
    }
    let heads = server.heads();
    assert_eq!(heads.len(), 2);
    assert!(heads.iter().all(|h| h.starts_with("GET /first ") && !h.contains("cookie")));
}

#[tokio::test]
async fn a_connection_serves_many_requests() {
    let server = Server::start(vec![Then::Answer(ok("", b"x"))]).await;
    let transport = HttpsTransport::builder().build().unwrap();
    for _ in 0..5 {
        transport.send(get(&server.url("/"))).await.unwrap();
    }
    assert_eq!((server.heads().len(), server.connections()), (5, 1));
}

#[tokio::test]
async fn names_under_localhost_are_this_machine() {
    let server = Server::start(vec![Then::Answer(ok("", b"here"))]).await;
    let url = format!("http://eur02b.ps.compliance.localhost:{}/", server.address.port());
    let answer = HttpsTransport::builder().build().unwrap().send(get(&url)).await.unwrap();
    assert_eq!(answer.body(), "here");
    assert!(server.heads()[0].contains(&format!("eur02b.ps.compliance.localhost:{}", server.address.port())));
}

#[tokio::test]
async fn the_limit_holds_before_and_after_unpacking() {
    for body in [vec![b'x'; 5000], gzip(&vec![0; 5000])] {
        let server = Server::start(vec![Then::Answer(ok("", &body))]).await;
        let small = HttpsTransport::builder().body_limit(4999).build().unwrap();
        let error = small.send(get(&server.url("/"))).await.unwrap_err();
        assert!(matches!(error, Error::TooLarge { limit: 4999, .. }), "{error:?}");
        let enough = HttpsTransport::builder().body_limit(5000).build().unwrap();
        assert_eq!(enough.send(get(&server.url("/"))).await.unwrap().body().len(), 5000);
    }
}

#[tokio::test]
async fn the_limit_of_one_request_narrows_that_of_all() {
    for body in [vec![b'x'; 5000], gzip(&vec![0; 5000])] {
        let server = Server::start(vec![Then::Answer(ok("", &body))]).await;
        let ask = async |all, one| {
            let mut request = get(&server.url("/"));
            request.extensions_mut().insert(BodyLimit(one));
            HttpsTransport::builder().body_limit(all).build().unwrap().send(request).await
        };
        for (all, one) in [(1 << 20, 4999), (4999, 1 << 20)] {
            let error = ask(all, one).await.unwrap_err();
            assert!(matches!(error, Error::TooLarge { limit: 4999, .. }), "{error:?}");
        }
        assert_eq!(ask(1 << 20, 5000).await.unwrap().body().len(), 5000);
    }
}
