//! The memory that hostile answers take: a process of its own, so that it can be seen.

#[cfg(target_os = "linux")]
#[cfg(test)]
#[path = "../api/world.rs"]
#[expect(dead_code, reason = "the other tests use the rest")]
mod world;

#[cfg(target_os = "linux")]
#[cfg(test)]
mod tests {
    use crate::world::{World, exchange};
    use exo_http::{HttpsTransport, ScriptedTransport, SystemClock};
    use exo_model::{Diagnose, ErrorKind, SeamError, TokenProvider};
    use exo_token::{AppCredential, CertificateAssertion, Error, KeyVault, openid};
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;
    use std::sync::Arc;

    const MIB: usize = 1 << 20;

    /// The peak of this process's resident memory.
    fn peak_mib() -> usize {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim().strip_suffix(" kB").unwrap().trim().parse::<usize>().unwrap() >> 10
    }

    /// What takes a parser thirty times the memory of its text.
    fn dense(length: usize) -> Vec<u8> {
        let mut body = br#"{"access_token":"t","token_type":"Bearer","error":[0"#.to_vec();
        while body.len() < length {
            body.extend_from_slice(b",0");
        }
        body.extend_from_slice(b"]}");
        body
    }

    async fn asked(script: ScriptedTransport) -> SeamError {
        World::new(script).credential().token(&exchange()).await.unwrap_err()
    }

    /// A server that sends one answer without an end.
    fn endless() -> String {
        let server = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/token", server.local_addr().unwrap());
        std::thread::spawn(move || {
            let (mut stream, _) = server.accept().unwrap();
            let mut head = [0; 4096];
            assert!(stream.read(&mut head).unwrap() > 0);
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n{\"access_token\":\"").unwrap();
            // Ends when the other side has had enough.
            let piece = vec![b'a'; 1 << 16];
            while stream.write_all(&piece).is_ok() {}
        });
        url
    }

    #[tokio::test]
    async fn a_large_answer_is_refused_before_it_is_taken_apart() {
        let before = peak_mib();
        for status in [200, 401] {
            let error = asked(ScriptedTransport::new().reply(status, &[], dense(10 * MIB))).await;
            assert_eq!(error.kind(), ErrorKind::Answer);
            assert!(error.to_string().contains("client request id"), "{error}");
        }
        let login = exo_model::Cloud::Worldwide.endpoints().login;
        let script = ScriptedTransport::new().reply(200, &[], dense(10 * MIB));
        openid::tenant_id(&script, &login, &"contoso.onmicrosoft.com".parse().unwrap()).await.unwrap_err();
        for status in [200, 403] {
            let world =
                World::new(ScriptedTransport::new().reply(200, &[], ISSUED).reply(status, &[], dense(10 * MIB)));
            let address = "https://contoso.vault.azure.net/certificates/exo-app".parse().unwrap();
            let identity = world.credential();
            let vault =
                KeyVault::new(Arc::clone(&world.transport) as _, Arc::clone(&world.clock) as _, identity, address);
            let error = vault.fetched().await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Answer, "{error}");
        }
        let peak = peak_mib();
        assert!(peak < before + 48, "{before} MiB, then {peak} MiB");

        // An answer without an end is cut by the transport, which takes no more than is read, and is not asked for again.
        let tenant = "contoso.onmicrosoft.com".parse().unwrap();
        let app = "36ee4c6c-0812-40a2-b820-b22ebd02bce3".parse().unwrap();
        let source = CertificateAssertion::new(crate::world::app_certificate()).unwrap();
        let transport = Arc::new(HttpsTransport::builder().build().unwrap());
        let credential = AppCredential::builder(transport, Arc::new(SystemClock::new()), tenant, app, source);
        let credential = credential.token_url(&endless()).build().unwrap();
        let error = credential.token(&exchange()).await.unwrap_err();
        let limit = MIB;
        let expected = |e: &Error| matches!(e, Error::Transport { source: exo_http::Error::TooLarge { limit: l, .. }, .. } if *l == limit);
        assert!(error.downcast_ref().is_some_and(expected), "{error:?}");
        assert_eq!(error.kind(), ErrorKind::Answer);
        let peak = peak_mib();
        assert!(peak < before + 48, "{before} MiB, then {peak} MiB");
    }

    const ISSUED: &str = crate::world::ISSUED;
}
