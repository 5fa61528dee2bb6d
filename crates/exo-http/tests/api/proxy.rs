//! Requests through a proxy, which is a value and never read from the environment.

use crate::get;
use crate::server::{Server, Then, ok};
use exo_http::{Error, HttpsTransport, Transport};

#[tokio::test]
async fn a_request_is_tunnelled_through_the_proxy_with_its_password() {
    let refused = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n".to_vec();
    let proxy = Server::start(vec![Then::Close(refused)]).await;
    let builder = HttpsTransport::builder().proxy(&format!("http://user:marked-password@{}", proxy.address));
    assert!(!format!("{builder:?}").contains("marked"));
    let error = builder.build().unwrap().send(get("https://service.example/path")).await.unwrap_err();
    assert!(matches!(error, Error::Proxy { .. }), "{error:?}");
    assert!(!error.may_have_been_sent());
    assert!(!format!("{error:?} {error}").contains("marked"));
    let head = &proxy.heads()[0];
    assert!(head.starts_with("CONNECT service.example:443 HTTP/1.1\r\n"), "{head}");
    assert!(head.to_lowercase().contains("proxy-authorization: basic "), "{head}");
    assert!(!head.contains("/path"));
}

#[tokio::test]
async fn a_proxy_that_wants_a_password_is_a_failure_of_the_proxy() {
    let wants = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n".to_vec();
    let proxy = Server::start(vec![Then::Close(wants)]).await;
    let transport = HttpsTransport::builder().proxy(&format!("http://{}", proxy.address)).build().unwrap();
    let error = transport.send(get("https://service.example/")).await.unwrap_err();
    assert!(matches!(error, Error::Proxy { .. }), "{error:?}");
}

#[tokio::test]
async fn loopback_is_reached_without_the_proxy() {
    let proxy = Server::start(vec![Then::Close(Vec::new())]).await;
    let server = Server::start(vec![Then::Answer(ok("", b"direct"))]).await;
    let transport = HttpsTransport::builder().proxy(&format!("http://{}", proxy.address)).build().unwrap();
    let port = server.address.port();
    for host in ["127.0.0.1", "localhost", "login.localhost"] {
        let answer = transport.send(get(&format!("http://{host}:{port}/"))).await.unwrap();
        assert_eq!(answer.body(), "direct", "{host}");
    }
    assert!(proxy.heads().is_empty());
}

#[tokio::test]
async fn what_is_bypassed_does_not_meet_the_proxy() {
    let proxy = Server::start(vec![Then::Answer(ok("", b"by proxy"))]).await;
    let address = format!("http://{}", proxy.address);
    // Names that no name server is asked for, and a proxy that takes plain requests.
    let host = format!("{}.example", "x".repeat(64));
    let url = format!("http://{host}/");
    let through = HttpsTransport::builder().proxy(&address).build().unwrap();
    assert_eq!(through.send(get(&url)).await.unwrap().body(), "by proxy");
    let past = HttpsTransport::builder().proxy(&address).proxy_bypass("other.example, .example").build().unwrap();
    assert!(matches!(past.send(get(&url)).await, Err(Error::Dns { .. })));
    let none = HttpsTransport::builder().proxy(&address).no_proxy().build().unwrap();
    assert!(matches!(none.send(get(&url)).await, Err(Error::Dns { .. })));
}

#[test]
fn an_address_that_is_none_is_refused_without_being_repeated() {
    for broken in ["http://user:marked@[broken", "marked:// "] {
        let error = HttpsTransport::builder().proxy(broken).build().unwrap_err();
        assert!(matches!(error, Error::ProxyAddress), "{error:?}");
        assert!(!format!("{error} {error:?}").contains("marked"));
    }
}

#[test]
fn the_environment_names_no_proxy() {
    // The test that reaches a server directly, in a process whose environment names a proxy that is none.
    let mut child = std::process::Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "a_request_goes_out_as_it_was_made"]);
    for name in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"] {
        child.env(name, "http://127.0.0.1:1");
    }
    child.env_remove("no_proxy").env_remove("NO_PROXY");
    let output = String::from_utf8(child.output().unwrap().stdout).unwrap();
    assert!(output.contains("1 passed"), "{output}");
}
