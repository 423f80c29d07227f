//! A running simulator: its thread, its addresses, its log, and the environment for programs that are to talk to it.

use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::{oneshot, watch};
use tokio::task::LocalSet;

use crate::config::Config;
use crate::environment::{CLEARED, Folders};
use crate::exchange::Exchange;
use crate::hosts::{Hosts, Service};
use crate::server::Server;
use crate::tls::Tls;
use crate::token;
use crate::world::World;

/// An offline Docker Hub on loopback. It stops when it is dropped.
#[derive(Debug)]
pub struct Sim {
    world: Arc<World>,
    folders: Folders,
    authority: Option<String>,
    released: watch::Sender<u64>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Sim {
    /// Starts a simulator on 127.0.0.1, on a thread of its own.
    pub fn start(config: Config) -> io::Result<Self> {
        let listeners = listen(&config)?;
        let authorities = listeners
            .iter()
            .map(|(service, listener)| Ok((*service, listener.local_addr()?.to_string())))
            .collect::<io::Result<_>>()?;
        let hosts = Hosts {
            secure: config.tls,
            authorities,
        };
        let folders = Folders::new()?;
        let tls = config.tls.then(Tls::generate).transpose()?;
        if let Some(tls) = &tls {
            folders.write_authority(&tls.authority)?;
        }
        let (released, receiver) = watch::channel(0);
        let (stop, stopped) = oneshot::channel();
        let server = Server {
            world: Arc::new(World::new(config, hosts)?),
            service: Service::Hub,
            tls: tls.as_ref().map(|tls| tls.acceptor.clone()),
            released: receiver,
        };
        let world = Arc::clone(&server.world);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let thread = std::thread::Builder::new()
            .name("hub-sim".to_owned())
            .spawn(move || {
                let tasks = LocalSet::new();
                tasks.block_on(&runtime, async move {
                    serve(&server, listeners);
                    // An error means that whoever would stop us is gone.
                    let _ = stopped.await;
                });
            })?;
        Ok(Self {
            world,
            folders,
            authority: tls.map(|tls| tls.authority),
            released,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// `http://127.0.0.1:PORT`, https over TLS: both `HUB_URL` and `HUB_REGISTRY_URL`.
    pub fn url(&self) -> String {
        self.url_of(Service::Hub)
    }

    /// The same of one host; they differ where they are separate.
    pub fn url_of(&self, service: Service) -> String {
        self.world.hosts.origin(service)
    }

    /// `127.0.0.1:PORT`, as it stands in a reference.
    pub fn authority(&self) -> String {
        self.world.hosts.authority().to_owned()
    }

    /// The certificate, in PEM, of the authority that vouches for this simulator over TLS, as `localhost` and as
    /// `127.0.0.1`.
    pub fn ca_pem(&self) -> Option<&str> {
        self.authority.as_deref()
    }

    /// The same as a file, which goes away with the simulator. `SSL_CERT_FILE` of the [`environment`](Self::environment).
    pub fn ca_file(&self) -> Option<PathBuf> {
        self.authority.as_ref().map(|_| self.folders.authority())
    }

    /// Connections to a host so far, all of them to [`Service::Hub`] where there is only one.
    pub fn connections(&self, service: Service) -> u64 {
        self.world.log.connections(service)
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
        let authority = self.ca_file().map(|file| {
            let file = file.to_string_lossy().into_owned();
            ("SSL_CERT_FILE".to_owned(), file)
        });
        addresses
            .into_iter()
            .chain(authority)
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

/// A listener for each host; only the first can have the port that was asked for.
fn listen(config: &Config) -> io::Result<Vec<(Service, TcpListener)>> {
    let mut port = config.port;
    let services = Service::all(config.separate_hosts).iter();
    services
        .map(|service| {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, std::mem::take(&mut port)))?;
            listener.set_nonblocking(true)?;
            Ok((*service, listener))
        })
        .collect()
}

/// Answers on all listeners for as long as the tasks of this thread live.
fn serve(server: &Server, listeners: Vec<(Service, TcpListener)>) {
    for (service, listener) in listeners {
        let server = Server {
            service,
            ..server.clone()
        };
        if let Ok(listener) = tokio::net::TcpListener::from_std(listener) {
            drop(tokio::task::spawn_local(server.run(listener)));
        }
    }
}
