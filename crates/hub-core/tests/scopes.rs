//! Tokens by their scope: what one was asked for is not taken for another.

use hub_core::{Client, ClientConfig, Reference, Repository, Scope, endpoint};
use hub_sim::{Config, Kind, Sim};

#[tokio::test]
async fn a_token_for_one_scope_is_used_for_no_other() {
    let sim = Sim::start(Config::default()).expect("a free port");
    let mut config = ClientConfig::default();
    config.hub_url = Some(endpoint(&sim.url()).expect("an address"));
    config.registry_url.clone_from(&config.hub_url);
    let client = Client::new(config);
    let repository: Repository = "ansible/awx".parse().expect("a repository");
    let scope = |actions: &[&str]| Scope::repository(repository.name(), actions);
    let token = async |actions: &[&str]| {
        client
            .token(&repository, &scope(actions))
            .await
            .expect("a token")
    };
    let delete = token(&["delete"]).await;
    assert_eq!(delete.scope(), "repository:ansible/awx:delete");
    assert_eq!(
        delete.granted(),
        Some(&[][..]),
        "nobody may delete anonymously"
    );
    let reference: Reference = "ansible/awx:latest".parse().expect("a reference");
    client.digest(&reference).await.expect("a token of its own");
    assert_eq!(
        token(&["pull"]).await.scope(),
        "repository:ansible/awx:pull"
    );
    let log = sim.log();
    let asked = log.iter().filter(|asked| asked.kind == Kind::Token);
    assert_eq!(asked.count(), 2, "the token that pulls is there already");
}
