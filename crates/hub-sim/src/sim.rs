//! A running simulator: its thread, its addresses, its log, and the environment for programs that are to talk to it.

use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::process::Command;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::{oneshot, watch};
use tokio::task::LocalSet;

use crate::config::Config;
use crate::environment::{CLEARED, Folders};
use crate::exchange::Exchange;
use crate::server::Server;
use crate::token;
use crate::world::World;

/// An offline Docker Hub on loopback. It stops when it is dropped.
#[derive(Debug)]
pub struct Sim {
    world: Arc<World>,
    folders: Folders,
    released: watch::Sender<u64>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Sim {
    /// Starts a simulator on 127.0.0.1, on a thread of its own.
    pub fn start(config: Config) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, config.port))?;
        listener.set_nonblocking(true)?;
        let world = Arc::new(World::new(config, listener.local_addr()?.to_string())?);
        let (released, receiver) = watch::channel(0);
        let (stop, stopped) = oneshot::channel();
        let server = Server {
            world: Arc::clone(&world),
            released: receiver,
        };
        let folders = Folders::new()?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let thread = std::thread::Builder::new()
            .name("hub-sim".to_owned())
            .spawn(move || {
                let tasks = LocalSet::new();
                tasks.block_on(&runtime, async move {
                    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else {
                        return;
                    };
                    tokio::select! {
                        _ = server.run(listener) => {}
                        _ = stopped => {}
                    }
                });
            })?;
        Ok(Self {
            world,
            folders,
            released,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// `http://127.0.0.1:PORT`: both `HUB_URL` and `HUB_REGISTRY_URL`.
    pub fn url(&self) -> String {
        format!("http://{}", self.world.authority)
    }

    /// `127.0.0.1:PORT`, as it stands in a reference.
    pub fn authority(&self) -> String {
        self.world.authority.clone()
    }

    /// All requests so far, in the order of their arrival.
    pub fn log(&self) -> Vec<Exchange> {
        self.world.log.exchanges()
    }

    /// Whether this text has come in any header, address or body, also inside Basic credentials.
    pub fn received(&self, secret: &str) -> bool {
        self.world.log.received(secret)
    }

    /// An identity token for the user `name`, as a browser login would have stored it (REGISTRY.md CRED-5).
    pub fn identity_token(&self, name: &str) -> Option<String> {
        let accounts = self.world.config.population.accounts();
        let caller = accounts.caller(name, "docker_password")?;
        Some(token::identity_token(&self.world, &caller))
    }

    /// The certificate, in PEM, that a registry verifies this simulator's tokens with (its `rootcertbundle`).
    pub fn token_certificate(&self) -> String {
        self.world.signer.certificate()
    }

    /// Blocks until a request that fulfils `predicate` has arrived, or has been here already; false after `timeout`.
    pub fn wait_for_request(
        &self,
        predicate: impl Fn(&Exchange) -> bool,
        timeout: Duration,
    ) -> bool {
        self.world.log.wait_for(predicate, timeout)
    }

    /// Lets the requests go on that are stalled at this moment.
    pub fn release(&self) {
        self.released.send_modify(|epoch| *epoch += 1);
    }

    /// Puts the simulator's clock forward: tokens grow old and windows of limits end without anybody waiting.
    pub fn advance(&self, by: Duration) {
        self.world.clock.advance(by);
    }

    /// What a child process gets so that it talks to this simulator and finds no stored login (DECISIONS 32).
    pub fn environment(&self) -> Vec<(String, String)> {
        let url = self.url();
        let addresses = [("HUB_URL", url.clone()), ("HUB_REGISTRY_URL", url)];
        let addresses = addresses.map(|(name, value)| (name.to_owned(), value));
        addresses
            .into_iter()
            .chain(self.folders.variables())
            .collect()
    }

    /// The variables that a child process must not have: proxies, and every name that some client reads credentials from.
    pub fn cleared(&self) -> &'static [&'static str] {
        CLEARED
    }

    /// A command with that environment.
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        for name in CLEARED {
            command.env_remove(name);
        }
        command.envs(self.environment());
        command
    }
}

impl Drop for Sim {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic there has been reported by the thread itself.
            let _ = thread.join();
        }
    }
}
