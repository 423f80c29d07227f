//! Certificates: one that does not verify is no passing trouble, and one that the user trusts is enough.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::thread;

use hub_core::{Client, ClientConfig, ErrorKind, Reference, Roots};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, Stream};

/// A registry over TLS that has nothing, with a certificate that it signed itself; its port and the certificate.
fn registry(connections: usize) -> (u16, Vec<u8>) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let certificate = made.cert.der().clone();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).expect("a key");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key)
        .expect("a pair");
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    thread::spawn(move || {
        for socket in listener.incoming().take(connections) {
            let mut connection = ServerConnection::new(Arc::clone(&config)).expect("a connection");
            let mut socket = socket.expect("a client");
            let mut stream = Stream::new(&mut connection, &mut socket);
            // A client that does not trust us leaves here.
            if stream.read(&mut [0; 4096]).is_ok() {
                let answer =
                    "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
                let _ = stream.write_all(answer.as_bytes());
                stream.conn.send_close_notify();
                let _ = stream.flush();
            }
        }
    });
    (port, certificate.to_vec())
}

fn client(roots: Vec<Vec<u8>>) -> Client {
    let mut config = ClientConfig::default();
    config.roots = Roots::new(move || roots.clone());
    Client::new(config)
}

#[tokio::test]
async fn a_certificate_that_does_not_verify_is_permanent_and_one_that_is_trusted_is_enough() {
    let (port, certificate) = registry(2);
    let reference: Reference = format!("localhost:{port}/a/b:c")
        .parse()
        .expect("a reference");
    let distrusted = client(Vec::new())
        .manifest(&reference)
        .await
        .expect_err("nobody vouches for it");
    assert_eq!(
        (distrusted.kind(), distrusted.is_retryable()),
        (ErrorKind::Network, false),
        "{distrusted}"
    );
    assert!(
        distrusted
            .to_string()
            .contains("certificate does not verify"),
        "{distrusted}"
    );
    assert!(distrusted.to_string().contains("--ca-file"), "{distrusted}");
    let trusted = client(vec![certificate])
        .manifest(&reference)
        .await
        .expect_err("it has nothing");
    assert_eq!(trusted.kind(), ErrorKind::NotFound, "{trusted}");
}

#[tokio::test]
async fn a_host_that_speaks_no_tls_is_named_as_such() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    thread::spawn(move || {
        let (mut socket, _) = listener.accept().expect("a client");
        let _ = socket.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
        let _ = socket.read(&mut [0; 4096]);
    });
    let reference: Reference = format!("localhost:{port}/a/b:c")
        .parse()
        .expect("a reference");
    let error = client(Vec::new())
        .manifest(&reference)
        .await
        .expect_err("no TLS there");
    assert_eq!(
        (error.kind(), error.is_retryable()),
        (ErrorKind::Network, false),
        "{error}"
    );
    assert!(error.to_string().contains("--plain-http"), "{error}");
}
