//! A way to a server that a test can cut.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};

/// Hands on what comes, until it is cut.
pub(crate) struct Proxy {
    pub(crate) port: u16,
    way: Arc<Way>,
}

#[derive(Default)]
struct Way {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// Connections break, and new ones break at once.
    cut: bool,
    /// Connections stay, and nothing comes through.
    stalled: bool,
    open: Vec<TcpStream>,
}

impl Proxy {
    /// To a port of this machine.
    pub(crate) fn start(target: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let way = Arc::<Way>::default();
        let ours = Arc::clone(&way);
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let Ok(client) = client else { continue };
                let mut state = ours.state.lock().unwrap();
                // A client that is dropped here finds its connection broken.
                if state.cut {
                    continue;
                }
                let Ok(server) = TcpStream::connect(("127.0.0.1", target)) else { continue };
                for (from, to) in [(&client, &server), (&server, &client)] {
                    let (from, to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
                    let way = Arc::clone(&ours);
                    std::thread::spawn(move || way.hand_on(from, to));
                }
                state.open.extend([client, server]);
            }
        });
        Self { port, way }
    }

    /// Breaks all connections, and those to come.
    pub(crate) fn cut(&self) {
        let mut state = self.way.state.lock().unwrap();
        state.cut = true;
        for stream in state.open.drain(..) {
            let _gone = stream.shutdown(Shutdown::Both);
        }
    }

    /// Lets nothing through any more; connections stay, and new ones are made.
    pub(crate) fn stall(&self) {
        self.way.state.lock().unwrap().stalled = true;
    }

    /// Lets all through again.
    pub(crate) fn mend(&self) {
        let mut state = self.way.state.lock().unwrap();
        (state.cut, state.stalled) = (false, false);
        self.way.changed.notify_all();
    }
}

impl Way {
    fn hand_on(&self, mut from: TcpStream, mut to: TcpStream) {
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(read @ 1..) = from.read(&mut buffer) {
            let state = self.state.lock().unwrap();
            drop(self.changed.wait_while(state, |state| state.stalled).unwrap());
            if to.write_all(&buffer[..read]).is_err() {
                break;
            }
        }
        let _gone = from.shutdown(Shutdown::Both);
        let _gone = to.shutdown(Shutdown::Both);
    }
}
