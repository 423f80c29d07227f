//! The rows' wall times as bars on a logarithmic scale, each with its floor, as SVG.

use std::fmt::Write as _;

use super::report::seconds;
use super::verdict::Row;

const ROW: u32 = 22;
/// Where bars begin, and how long the longest can be.
const LEFT: f64 = 330.0;
const LENGTH: f64 = 480.0;
const WIDTH: f64 = LEFT + LENGTH + 90.0;
/// The scale, in powers of ten of a second.
const FIRST: i32 = -3;
const LAST: i32 = 2;

/// A picture of all rows that came to something.
pub(crate) fn svg(rows: &[Row<'_>]) -> String {
    let bars: Vec<(String, bool, f64, Option<f64>)> = rows
        .iter()
        .filter_map(|row| {
            let outcome = row.outcome.as_ref().ok()?;
            let name = format!("{}: {}", row.job.name, row.contestant.name);
            let floor = row.contestant.floor.map(|floor| floor.as_secs_f64());
            Some((name, row.contestant.peer, outcome.taken.wall, floor))
        })
        .collect();
    let height = ROW * (u32::try_from(bars.len()).unwrap_or(0) + 3);
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" font-family=\"sans-serif\" \
         font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n"
    );
    grid(&mut text, height);
    for (number, (name, peer, wall, floor)) in (1..).zip(&bars) {
        let top = ROW * number;
        let colour = if *peer { "#b8b8b8" } else { "#2a6fbb" };
        let end = at(*wall);
        let base = top + 15;
        let _ = writeln!(
            text,
            "<text x=\"{:.0}\" y=\"{base}\" text-anchor=\"end\">{}</text>\n\
             <rect x=\"{LEFT}\" y=\"{}\" width=\"{:.1}\" height=\"14\" fill=\"{colour}\"/>\n\
             <text x=\"{:.1}\" y=\"{base}\">{}</text>",
            LEFT - 8.0,
            escaped(name),
            top + 4,
            (end - LEFT).max(1.0),
            end + 6.0,
            seconds(*wall),
        );
        if let Some(floor) = floor {
            let x = at(*floor);
            let (from, to) = (top + 2, top + 20);
            let _ = writeln!(
                text,
                "<path d=\"M{x:.1} {from}V{to}\" stroke=\"#d03030\" stroke-width=\"2\"/>"
            );
        }
    }
    let _ = writeln!(
        text,
        "<text x=\"{LEFT}\" y=\"{}\" fill=\"#666\">wall time; blue: ours, grey: others, red: the floor</text>\n</svg>",
        height - 6
    );
    text
}

/// A line for each power of ten, named at the top.
fn grid(text: &mut String, height: u32) {
    for power in FIRST..=LAST {
        let value = 10_f64.powi(power);
        let (x, end) = (at(value), height - 2 * ROW + 8);
        let name = if power < 0 {
            format!("{:.0} ms", value * 1e3)
        } else {
            format!("{value:.0} s")
        };
        let _ = writeln!(
            text,
            "<path d=\"M{x:.1} 20V{end}\" stroke=\"#ddd\"/><text x=\"{x:.1}\" y=\"14\" text-anchor=\"middle\" \
             fill=\"#666\">{name}</text>"
        );
    }
}

/// Where a time is on the scale.
fn at(seconds: f64) -> f64 {
    let (first, last) = (f64::from(FIRST), f64::from(LAST));
    let share = (seconds.max(1e-9).log10() - first) / (last - first);
    LEFT + LENGTH * share.clamp(0.0, 1.0)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::{LEFT, LENGTH, at};

    #[test]
    fn a_power_of_ten_is_a_fifth_of_the_scale() {
        assert!((at(0.001) - LEFT).abs() < 1e-6);
        assert!((at(1.0) - LEFT - LENGTH * 3.0 / 5.0).abs() < 1e-6);
        assert!((at(1e9) - LEFT - LENGTH).abs() < 1e-6);
    }
}
