//! As many tag records as somebody wants, all of them different: the true ones of one page, with other names and digests.

use std::io::{self, Write};
use std::path::Path;

use anyhow::ensure;
use hub_sim::{Config, Population, Sim};

/// Tags that are really asked for.
const TRUE: usize = 100;
/// What every digest begins with; eight of its digits become the record's number.
const DIGEST: &str = "sha256:";
const DIGITS: usize = 8;
/// `b` and seven digits: the names that the simulator gives.
const NAME: usize = 8;

/// Records, cut where a number goes.
#[derive(Debug)]
pub(crate) struct Template {
    records: Vec<Vec<Piece>>,
}

#[derive(Debug)]
enum Piece {
    Text(String),
    Name,
    Digest,
}

impl Template {
    /// Out of what hub-tags in the folder `bins` writes.
    pub(crate) fn new(bins: &Path) -> anyhow::Result<Self> {
        let population = Population::bulk("bulk", "many", TRUE + 1);
        let sim = Sim::start(Config {
            population,
            ..Config::default()
        })?;
        let mut command = sim.command(bins.join("hub-tags"));
        let output = command.args(["-q", "-o", "ndjson", "bulk/many"]).output()?;
        let text = String::from_utf8(output.stdout)?;
        let records: Vec<Vec<Piece>> = text
            .lines()
            .filter(|line| !line.contains(":latest\""))
            .map(cut)
            .collect();
        ensure!(records.len() == TRUE, "hub-tags: {}", output.status);
        Ok(Self { records })
    }

    /// Writes `count` records.
    pub(crate) fn write(&self, count: usize, to: &mut impl Write) -> io::Result<()> {
        for (number, record) in (0..count).zip(self.records.iter().cycle()) {
            for piece in record {
                match piece {
                    Piece::Text(text) => to.write_all(text.as_bytes())?,
                    Piece::Name => write!(to, "b{number:07}")?,
                    Piece::Digest => write!(to, "{number:08x}")?,
                }
            }
            to.write_all(b"\n")?;
        }
        Ok(())
    }
}

fn cut(line: &str) -> Vec<Piece> {
    let name = line
        .split_once("bulk/many:")
        .and_then(|(_, rest)| rest.get(..NAME))
        .unwrap_or("\"");
    let mut pieces = Vec::new();
    for (number, part) in line.split(name).enumerate() {
        if number > 0 {
            pieces.push(Piece::Name);
        }
        let mut parts = part.split(DIGEST);
        let first = parts.next().unwrap_or_default();
        let mut text = first.to_owned();
        for rest in parts {
            text.push_str(DIGEST);
            pieces.push(Piece::Text(std::mem::take(&mut text)));
            pieces.push(Piece::Digest);
            rest.get(DIGITS..).unwrap_or_default().clone_into(&mut text);
        }
        pieces.push(Piece::Text(text));
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::{Template, cut};

    #[test]
    fn every_record_has_its_own_name_and_digest() {
        let digest = "0".repeat(64);
        let line = format!(
            r#"{{"ref":"docker.io/bulk/many:b0000007","digest":"sha256:{digest}","name":"b0000007"}}"#
        );
        let template = Template {
            records: vec![cut(&line)],
        };
        let mut written = Vec::new();
        template.write(2, &mut written).unwrap();
        let written = String::from_utf8(written).unwrap();
        let lines: Vec<&str> = written.lines().collect();
        assert_eq!(lines.len(), 2);
        let second =
            line.replace("b0000007", "b0000001")
                .replacen("sha256:00000000", "sha256:00000001", 1);
        assert_eq!(lines[1], second);
    }
}
