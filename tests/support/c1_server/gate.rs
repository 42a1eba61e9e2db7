//! The door of the server: a relay that counts connections, cuts them, and can be closed and
//! reopened.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::{AbortHandle, JoinSet};

/// The relay in front of a server.
#[derive(Clone)]
pub struct Gate {
    inner: SocketAddr,
    port: u16,
    accepting: Arc<Mutex<Option<AbortHandle>>>,
    connections: Arc<Mutex<JoinSet<()>>>,
    count: Arc<AtomicUsize>,
    /// Holds the port of a closed gate, so that no other server of the tests takes it: nobody
    /// listens there.
    held: Arc<Mutex<Option<TcpSocket>>>,
}

impl Gate {
    pub(super) async fn open(inner: SocketAddr) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let gate = Self {
            inner,
            port: listener.local_addr().unwrap().port(),
            accepting: Arc::default(),
            connections: Arc::default(),
            count: Arc::default(),
            held: Arc::default(),
        };
        gate.accept(listener);
        gate
    }

    fn accept(&self, listener: TcpListener) {
        let gate = self.clone();
        let task = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                gate.count.fetch_add(1, Ordering::SeqCst);
                let inner = gate.inner;
                gate.connections.lock().unwrap().spawn(relay(stream, inner));
            }
        });
        *self.accepting.lock().unwrap() = Some(task.abort_handle());
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Connections so far.
    pub fn count(&self) -> usize {
        self.count.load(Ordering::SeqCst)
    }

    /// Cuts every connection.
    pub fn cut(&self) {
        self.connections.lock().unwrap().abort_all();
    }

    pub(super) async fn close(&self) {
        if let Some(accepting) = self.accepting.lock().unwrap().take() {
            accepting.abort();
        }
        self.cut();
        // The port is free when the task has gone.
        while TcpStream::connect(("127.0.0.1", self.port)).await.is_ok() {
            tokio::task::yield_now().await;
        }
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_reuseaddr(true).unwrap();
        socket.bind(([127, 0, 0, 1], self.port).into()).unwrap();
        *self.held.lock().unwrap() = Some(socket);
    }

    pub(super) async fn reopen(&self) {
        let held = self.held.lock().unwrap().take();
        let listener = match held {
            Some(socket) => socket.listen(1024).unwrap(),
            None => TcpListener::bind(("127.0.0.1", self.port)).await.unwrap(),
        };
        self.accept(listener);
    }
}

pub(super) async fn relay(mut outside: TcpStream, inner: SocketAddr) {
    let Ok(mut inside) = TcpStream::connect(inner).await else {
        return;
    };
    let _ = outside.set_nodelay(true);
    let _ = inside.set_nodelay(true);
    let _ = tokio::io::copy_bidirectional(&mut outside, &mut inside).await;
}
