//! The gate of a host, by whether the next request may enter.

use futures::FutureExt;

use super::*;

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

fn gates(jobs: usize) -> Gates {
    Gates::new(jobs, Duration::from_mins(2), 0)
}

#[tokio::test]
async fn the_first_request_to_a_host_goes_alone() {
    let (gates, url) = (gates(3), url("https://r.example/v2/"));
    let enter = || gates.enter(&url, Service::Registry, false).now_or_never();
    let first = enter().expect("the first enters at once");
    assert!(enter().is_none(), "the second waits for the handshake");
    drop(first);
    let passes: Vec<_> = (0..3).map(|_| enter().expect("warm")).collect();
    assert!(enter().is_none(), "jobs bounds the requests in flight");
    drop(passes);
}

#[tokio::test]
async fn hosts_ports_and_services_have_their_own_bound() {
    let gates = gates(1);
    let _first = gates
        .enter(&url("http://127.0.0.1:1/"), Service::Hub, false)
        .await;
    let enters = |text, service| {
        gates
            .enter(&url(text), service, false)
            .now_or_never()
            .is_some()
    };
    assert!(enters("http://127.0.0.1:2/", Service::Hub));
    assert!(enters("http://127.0.0.1:1/", Service::Registry));
    assert!(!enters("http://127.0.0.1:1/x", Service::Hub));
}

fn answer(status: u16) -> Answer {
    Answer {
        status: status.try_into().unwrap(),
        headers: reqwest::header::HeaderMap::new(),
        body: bytes::Bytes::new(),
    }
}

#[tokio::test]
async fn a_host_that_shows_strain_gets_half_and_earns_the_rest_back() {
    let (gates, url) = (gates(8), url("https://r.example/v2/"));
    let enter = || gates.enter(&url, Service::Registry, false).now_or_never();
    drop(enter().expect("the first"));
    let enter_all = || std::iter::from_fn(enter).collect::<Vec<_>>();
    let passes = enter_all();
    assert_eq!(passes.len(), 8);
    let pass = passes[0].as_ref().unwrap();
    pass.feel(Ok(&answer(503)));
    assert!(enter().is_none());
    drop(passes);
    let passes = enter_all();
    assert_eq!(
        passes.len(),
        4,
        "those under way were given back, and four of them went"
    );
    for pass in passes.iter().flatten() {
        pass.feel(Ok(&answer(200)));
    }
    assert_eq!(enter_all().len(), 1, "one more for a good round");
}

#[tokio::test(start_paused = true)]
async fn a_pause_holds_back_everybody_and_a_long_one_closes_the_host() {
    let (gates, url) = (gates(2), url("http://r.example/"));
    let first = gates.enter(&url, Service::Hub, false).await.unwrap();
    first.pause(Duration::from_mins(1)).unwrap();
    drop(first);
    let begun = Instant::now();
    let second = gates.enter(&url, Service::Hub, false).await.unwrap();
    assert_eq!(begun.elapsed(), Duration::from_mins(1));
    let closed = second.pause(Duration::from_secs(121)).unwrap_err();
    assert_eq!(closed.kind(), ErrorKind::RateLimited);
    let refused = gates.enter(&url, Service::Hub, false).await.unwrap_err();
    assert_eq!(refused.to_string(), closed.to_string());
}
