//! An HTTP proxy for tests: it knows CONNECT alone, leads every name to one port of this machine,
//! and keeps what it was asked.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::gate::relay;

/// A running proxy.
pub struct Proxy {
    pub port: u16,
    heads: Arc<Mutex<Vec<String>>>,
    refusal: Arc<Mutex<Option<&'static str>>>,
}

impl Proxy {
    pub(super) async fn open(target: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let proxy = Self {
            port,
            heads: Arc::default(),
            refusal: Arc::default(),
        };
        let (heads, refusal) = (Arc::clone(&proxy.heads), Arc::clone(&proxy.refusal));
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(connect(
                    stream,
                    target,
                    Arc::clone(&heads),
                    Arc::clone(&refusal),
                ));
            }
        });
        proxy
    }

    /// The heads of all requests so far.
    pub fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }

    /// From now on every request gets this status line.
    pub fn refuse(&self, status: &'static str) {
        *self.refusal.lock().unwrap() = Some(status);
    }
}

async fn connect(
    mut stream: TcpStream,
    target: u16,
    heads: Arc<Mutex<Vec<String>>>,
    refusal: Arc<Mutex<Option<&'static str>>>,
) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let Ok(byte) = stream.read_u8().await else {
            return;
        };
        head.push(byte);
    }
    heads.lock().unwrap().push(String::from_utf8(head).unwrap());
    let refusal = *refusal.lock().unwrap();
    let status = refusal.unwrap_or("200 Connection established");
    let answer = format!("HTTP/1.1 {status}\r\n\r\n");
    if stream.write_all(answer.as_bytes()).await.is_ok() && refusal.is_none() {
        relay(stream, SocketAddr::from((Ipv4Addr::LOCALHOST, target))).await;
    }
}
