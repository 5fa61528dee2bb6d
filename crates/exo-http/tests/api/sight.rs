//! The way to a server, step by step.

use crate::server::{Server, Then, ok};
use crate::tls::{certificates, unknown_server};
use exo_http::{Error, HttpsTransport, Sight, Trust};

async fn look(transport: HttpsTransport, to: &str) -> Sight {
    transport.look(&to.parse().unwrap()).await
}

fn said(error: &Error) -> String {
    std::error::Error::source(error).map(ToString::to_string).unwrap_or_default()
}

#[tokio::test]
async fn every_step_is_seen_and_no_request_is_sent() {
    let (ca, config) = certificates(&["login.localhost"]);
    let server = Server::tls(vec![Then::Answer(ok("", b""))], config).await;
    let transport = HttpsTransport::builder().extra_ca_pem(ca.as_bytes()).build().unwrap();
    let sight = look(transport, &format!("https://login.localhost:{}", server.address.port())).await;
    assert!(sight.addresses.unwrap().contains(&server.address.ip()));
    assert_eq!(sight.connected.unwrap().unwrap(), server.address);
    let tls = sight.tls.unwrap().unwrap();
    assert_eq!((tls.version.as_str(), tls.trust), ("TLS 1.3", Trust::ExtraCa));
    assert_eq!(sight.shown.len(), 1);
    assert!(sight.proxy.is_none() && sight.tunnel.is_none());
    assert!(server.heads().is_empty());
}

#[tokio::test]
async fn what_an_unknown_authority_has_signed_is_shown_all_the_same() {
    let (_, config) = certificates(&["login.localhost"]);
    let server = Server::tls(vec![Then::Answer(ok("", b""))], config).await;
    let (other, _) = certificates(&["login.localhost"]);
    let to = format!("https://login.localhost:{}", server.address.port());
    for builder in [HttpsTransport::builder(), HttpsTransport::builder().extra_ca_pem(other.as_bytes())] {
        let sight = look(builder.build().unwrap(), &to).await;
        assert!(matches!(sight.tls, Some(Err(Error::Tls { .. }))), "{sight:?}");
        assert_eq!(sight.shown.len(), 1, "the certificate that was not trusted");
    }
    let (thumbprint, config) = unknown_server();
    let server = Server::tls(vec![Then::Answer(ok("", b""))], config).await;
    let pinned = HttpsTransport::builder().pinned_certificate(thumbprint).build().unwrap();
    let sight = look(pinned, &format!("https://127.0.0.1:{}", server.address.port())).await;
    assert_eq!(sight.tls.unwrap().unwrap().trust, Trust::Pinned);
}

#[tokio::test]
async fn a_server_that_is_not_there_or_speaks_no_tls_is_told_apart() {
    let nobody = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let sight = look(HttpsTransport::builder().build().unwrap(), &format!("https://{nobody}")).await;
    assert!(matches!(sight.connected, Some(Err(Error::Connect { .. }))) && sight.tls.is_none(), "{sight:?}");
    let plain = Server::start(vec![Then::Close(ok("", b""))]).await;
    let sight = look(HttpsTransport::builder().build().unwrap(), &plain.url("")).await;
    assert!(sight.connected.unwrap().is_ok() && sight.tls.is_none());
    let long = format!("https://{}.example", "a".repeat(64));
    let sight = look(HttpsTransport::builder().build().unwrap(), &long).await;
    assert!(matches!(sight.addresses, Err(Error::Dns { .. })) && sight.connected.is_none(), "{sight:?}");
}

#[tokio::test]
async fn a_proxy_is_asked_as_requests_ask_it() {
    let refusing = Server::start(vec![Then::Close(b"HTTP/1.1 407 Who are you?\r\n\r\n".to_vec())]).await;
    let proxy = format!("http://user:secret@{}", refusing.address);
    let transport = HttpsTransport::builder().proxy(&proxy).proxy_bypass("past.example").build().unwrap();
    let sight = look(transport.clone(), "https://service.example").await;
    assert_eq!(sight.proxy.as_deref(), Some(refusing.address.to_string().as_str()));
    let error = sight.tunnel.unwrap().unwrap_err();
    assert!(matches!(error, Error::Proxy { .. }) && said(&error).contains("407"), "{error:?}");
    let head = &refusing.heads()[0];
    assert!(head.starts_with("CONNECT service.example:443 HTTP/1.1\r\nHost: service.example:443\r\n"), "{head}");
    assert!(head.contains("Proxy-Authorization: Basic dXNlcjpzZWNyZXQ=\r\n"), "{head}");
    // Whom the transport reaches directly is looked at directly.
    let past = look(transport.clone(), &format!("https://localhost:{}", refusing.address.port())).await;
    assert!(past.proxy.is_none());
    assert!(!format!("{transport:?}").contains("secret"));
}

#[tokio::test]
async fn behind_a_proxy_that_opens_the_way_tls_is_spoken_with_the_server() {
    let opening = Server::start(vec![Then::Close(b"HTTP/1.0 200 Connection established\r\n\r\n".to_vec())]).await;
    let transport = HttpsTransport::builder().proxy(&format!("http://{}", opening.address)).build().unwrap();
    let sight = look(transport, "https://service.example").await;
    assert!(sight.tunnel.unwrap().is_ok());
    // This proxy leads nowhere.
    assert!(matches!(sight.tls, Some(Err(Error::Tls { .. }))));
    for answer in [b"SSH-2.0-OpenSSH\r\n\r\n".to_vec(), vec![b'x'; 10_000]] {
        let odd = Server::start(vec![Then::Close(answer)]).await;
        let transport = HttpsTransport::builder().proxy(&format!("http://{}", odd.address)).build().unwrap();
        let sight = look(transport, "https://service.example").await;
        assert!(matches!(sight.tunnel, Some(Err(Error::Proxy { .. }))) && sight.tls.is_none());
    }
}
