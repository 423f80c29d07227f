//! Marks held against what was measured. Pure.

use serde::Serialize;

use super::job::{Contestant, Input, Job, Mark};
use super::run::Outcome;

/// A contestant and what it came to.
#[derive(Debug)]
pub(crate) struct Row<'a> {
    pub(crate) job: &'a Job,
    pub(crate) contestant: &'a Contestant,
    /// Or why there is nothing.
    pub(crate) outcome: Result<Outcome, String>,
    pub(crate) verdicts: Vec<Verdict>,
}

/// A mark and whether it was reached.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Verdict {
    /// What is to be reached.
    pub(crate) mark: String,
    /// What it came to.
    pub(crate) value: String,
    pub(crate) reached: bool,
}

/// Everything that was measured of one job, with its verdicts.
pub(crate) fn judge(
    job: &Job,
    outcomes: Vec<Result<Outcome, String>>,
) -> impl Iterator<Item = Row<'_>> {
    let verdicts: Vec<Vec<Verdict>> = job
        .contestants
        .iter()
        .zip(&outcomes)
        .map(|(contestant, outcome)| {
            let scene = Scene {
                job,
                outcomes: &outcomes,
                contestant,
            };
            let Ok(outcome) = outcome else {
                return Vec::new();
            };
            let marks = contestant.marks.iter();
            marks
                .filter_map(|mark| scene.verdict(mark, outcome))
                .collect()
        })
        .collect();
    let rows = job.contestants.iter().zip(outcomes).zip(verdicts);
    rows.map(move |((contestant, outcome), verdicts)| Row {
        job,
        contestant,
        outcome,
        verdicts,
    })
}

struct Scene<'a> {
    job: &'a Job,
    outcomes: &'a [Result<Outcome, String>],
    contestant: &'a Contestant,
}

impl Scene<'_> {
    /// None where there is nobody to compare with.
    fn verdict(&self, mark: &Mark, outcome: &Outcome) -> Option<Verdict> {
        let taken = &outcome.taken;
        Some(match mark {
            Mark::OfFloor(most) => {
                let floor = self.contestant.floor?.as_secs_f64();
                at_most("times the floor", taken.wall / floor, *most)
            }
            Mark::FasterThanPeers(least) => {
                let best = self.best_peer(|outcome| outcome.taken.wall)?;
                at_least("times faster than the best peer", best / taken.wall, *least)
            }
            Mark::FasterThan(least, other) => {
                let ratio = other.as_secs_f64() / taken.wall;
                let what = format!(
                    "times faster than {:.1} s, page after page",
                    other.as_secs_f64()
                );
                at_least(&what, ratio, *least)
            }
            Mark::LessCpu(least) => {
                let best = self.best_peer(|outcome| outcome.taken.cpu)?;
                at_least(
                    "times less CPU than the best peer",
                    best / taken.cpu,
                    *least,
                )
            }
            Mark::ShareOf(most, name) => {
                let other = self.named(name)?.taken.wall;
                at_most(
                    &format!("of the time of “{name}”"),
                    taken.wall / other,
                    *most,
                )
            }
            Mark::ManifestGets(count) => exactly("manifest GETs", outcome.manifest_gets, *count),
            Mark::Requests(kind, count) => {
                let asked = outcome.requests.get(*kind).copied().unwrap_or(0);
                exactly(&format!("requests {kind}"), asked, *count)
            }
            Mark::Memory(most) => Verdict {
                mark: format!("≤ {} MiB", most / 1024),
                value: mib(taken.peak),
                reached: taken.peak <= *most,
            },
            Mark::Within(most) => Verdict {
                mark: format!("≤ {} ms", most.as_millis()),
                value: format!("{:.1} ms", taken.wall * 1e3),
                reached: taken.wall <= most.as_secs_f64(),
            },
            Mark::RecordsPerCpu(least) => {
                let Input::Records(count) = self.contestant.input else {
                    return None;
                };
                let count = u32::try_from(count).map_or(f64::MAX, f64::from);
                at_least("records a CPU second", count / taken.cpu, *least)
            }
            Mark::NoRefusal => exactly("answers with 429", outcome.refusals, 0),
        })
    }

    fn best_peer(&self, value: impl Fn(&Outcome) -> f64) -> Option<f64> {
        let all = self.job.contestants.iter().zip(self.outcomes);
        let peers = all.filter(|(contestant, _)| contestant.peer);
        let values = peers.filter_map(|(_, outcome)| outcome.as_ref().ok().map(&value));
        values.min_by(f64::total_cmp)
    }

    fn named(&self, name: &str) -> Option<&Outcome> {
        let mut all = self.job.contestants.iter().zip(self.outcomes);
        let found = all.find(|(contestant, _)| contestant.name == name);
        found?.1.as_ref().ok()
    }
}

/// KiB as MiB.
pub(crate) fn mib(kib: i64) -> String {
    format!("{}.{} MiB", kib / 1024, kib % 1024 * 10 / 1024)
}

fn at_most(what: &str, value: f64, most: f64) -> Verdict {
    Verdict {
        mark: format!("≤ {} {what}", number(most)),
        value: number(value),
        reached: value <= most,
    }
}

fn at_least(what: &str, value: f64, least: f64) -> Verdict {
    Verdict {
        mark: format!("≥ {} {what}", number(least)),
        value: number(value),
        reached: value >= least,
    }
}

fn exactly(what: &str, value: usize, right: usize) -> Verdict {
    Verdict {
        mark: format!("{right} {what}"),
        value: value.to_string(),
        reached: value == right,
    }
}

/// Two decimals where they say something.
fn number(value: f64) -> String {
    if value >= 100.0 {
        format!("{value:.0}")
    } else {
        format!("{value:.2}")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use hub_sim::Config;

    use super::*;
    use crate::bench::measure::Taken;

    fn outcome(wall: f64, cpu: f64) -> Outcome {
        Outcome {
            taken: Taken {
                wall,
                cpu,
                peak: 2048,
                status: Some(0),
            },
            requests: BTreeMap::from([("token".to_owned(), 3)]),
            manifest_gets: 7,
            refusals: 0,
            connections: BTreeMap::new(),
        }
    }

    fn verdicts(marks: Vec<Mark>) -> Vec<(String, bool)> {
        let ours = Contestant {
            floor: Some(Duration::from_secs(2)),
            marks,
            ..Contestant::shell("ours", "", 1)
        };
        let peer = |name| Contestant {
            peer: true,
            ..Contestant::shell(name, "", 1)
        };
        let job = Job {
            name: "job",
            title: String::new(),
            config: Config::default(),
            contestants: vec![ours, peer("slow"), peer("quick"), peer("broken")],
        };
        let broken = Err("it broke".to_owned());
        let outcomes = vec![
            Ok(outcome(4.0, 1.0)),
            Ok(outcome(40.0, 10.0)),
            Ok(outcome(20.0, 30.0)),
            broken,
        ];
        let rows: Vec<_> = judge(&job, outcomes).collect();
        let verdicts = rows[0].verdicts.iter();
        verdicts
            .map(|one| (one.value.clone(), one.reached))
            .collect()
    }

    #[test]
    fn the_best_peer_is_the_one_to_beat_in_time_and_in_cpu_each() {
        let marks = vec![
            Mark::FasterThanPeers(5.0),
            Mark::FasterThanPeers(5.1),
            Mark::LessCpu(10.0),
        ];
        let five = "5.00".to_owned();
        let expected = [
            (five.clone(), true),
            (five, false),
            ("10.00".to_owned(), true),
        ];
        assert_eq!(verdicts(marks), expected);
    }

    #[test]
    fn counts_are_exact_and_times_are_held_against_the_floor() {
        let marks = vec![
            Mark::OfFloor(2.0),
            Mark::OfFloor(1.9),
            Mark::ManifestGets(7),
            Mark::ManifestGets(8),
            Mark::Requests("token", 3),
            Mark::Memory(2047),
            Mark::NoRefusal,
        ];
        let reached: Vec<bool> = verdicts(marks)
            .iter()
            .map(|(_, reached)| *reached)
            .collect();
        assert_eq!(reached, [true, false, true, false, true, false, true]);
    }

    #[test]
    fn a_share_is_of_a_contestant_of_the_same_job() {
        let marks = vec![Mark::ShareOf(0.2, "quick"), Mark::ShareOf(0.1, "nobody")];
        assert_eq!(verdicts(marks), [("0.20".to_owned(), true)]);
    }
}
