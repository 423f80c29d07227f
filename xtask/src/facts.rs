//! The register of facts, `docs/facts.md`: that every test it names is there and names the fact, and that no fact is left out.
//! Whether a test is any good is for its reader to say.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, bail};
use xshell::Shell;

const REGISTER: &str = "docs/facts.md";
/// The facts themselves, which stand beside the checkout where the project is worked on.
const FACTS: &str = "../shared/registry/REGISTRY.md";
const FAMILIES: [&str; 8] = ["MAN", "ATT", "ART", "PLT", "RFR", "TAG", "BLOB", "LIM"];

/// `cargo xtask facts`: the check alone; with `--complete` no row may still wait for its test.
pub(crate) fn run(shell: &Shell, option: Option<&str>) -> anyhow::Result<()> {
    let complete = match option {
        None => false,
        Some("--complete") => true,
        Some(other) => bail!("facts takes --complete, not {other:?}"),
    };
    let mut findings = check(&shell.current_dir())?;
    if complete {
        let waiting = findings.to_come.iter();
        let waiting = waiting.map(|fact| format!("{REGISTER}: {fact} still has no test"));
        findings.breaches.extend(waiting);
    }
    if !findings.breaches.is_empty() {
        bail!(
            "the register of facts is not true:\n  {}",
            findings.breaches.join("\n  ")
        );
    }
    findings.tell();
    Ok(())
}

/// What is wrong with the register, and what it still waits for.
#[derive(Default)]
pub(crate) struct Findings {
    rows: usize,
    pub(crate) breaches: Vec<String>,
    to_come: Vec<String>,
}

impl Findings {
    pub(crate) fn tell(&self) {
        let to_come = match &*self.to_come {
            [] => String::new(),
            waiting => format!(", {} to come: {}", waiting.len(), waiting.join(" ")),
        };
        eprintln!("facts: {}{to_come}", self.rows);
    }
}

pub(crate) fn check(root: &Path) -> anyhow::Result<Findings> {
    let register = fs::read_to_string(root.join(REGISTER)).context(REGISTER)?;
    let rows = rows(&register);
    let mut findings = Findings {
        rows: rows.len(),
        ..Findings::default()
    };
    for row in &rows {
        let wrong = row_breaches(root, row);
        let shown = wrong
            .iter()
            .map(|why| format!("{REGISTER}: {}: {why}", row.fact));
        findings.breaches.extend(shown);
        if row.waits() {
            findings.to_come.push(row.fact.to_owned());
        }
    }
    let facts = root.join(FACTS);
    if facts.exists() {
        let text = fs::read_to_string(&facts).context(FACTS)?;
        findings.breaches.extend(list_breaches(&rows, &text));
    }
    Ok(findings)
}

/// A line of the table: `| TAG-6 | the rule | tests |`.
struct Row<'a> {
    fact: &'a str,
    tests: &'a str,
}

impl<'a> Row<'a> {
    fn waits(&self) -> bool {
        self.tests.contains("to come")
    }

    /// File and function of each test: a path in backquotes, and behind it the functions in that file.
    fn named(&self) -> Vec<(&'a str, &'a str)> {
        let mut file = "";
        let mut named = Vec::new();
        // A reason may quote code, which names no test.
        let tests = self.tests.split("no test:").next().unwrap_or_default();
        for quoted in tests.split('`').skip(1).step_by(2) {
            if quoted.contains('/') {
                file = quoted;
            } else {
                named.push((file, quoted));
            }
        }
        named
    }
}

fn rows(register: &str) -> Vec<Row<'_>> {
    register.lines().filter_map(read_row).collect()
}

fn read_row(line: &str) -> Option<Row<'_>> {
    let line = line.strip_prefix('|')?.strip_suffix('|')?;
    let (fact, rest) = line.split_once(" | ")?;
    let (_rule, tests) = rest.split_once(" | ")?;
    let (fact, tests) = (fact.trim(), tests.trim());
    is_fact(fact).then_some(Row { fact, tests })
}

fn is_fact(text: &str) -> bool {
    text.split_once('-')
        .is_some_and(|(family, number)| FAMILIES.contains(&family) && number.parse::<u32>().is_ok())
}

fn row_breaches(root: &Path, row: &Row<'_>) -> Vec<String> {
    let named = row.named();
    if named.is_empty() && !row.waits() && !row.tests.contains("no test: ") {
        return vec!["neither a test nor the reason why there is none".to_owned()];
    }
    let breach = |(file, function): &(&str, &str)| {
        let source = fs::read_to_string(root.join(file)).unwrap_or_default();
        match test(&source, function) {
            None => Some(format!("{file} has no test {function}")),
            Some(text) if names(text, row.fact) => None,
            Some(_) => Some(format!("{function} in {file} does not name it")),
        }
    };
    named.iter().filter_map(breach).collect()
}

/// The facts of the registry facts that have no row, and rows of facts that are none or have two.
fn list_breaches(rows: &[Row<'_>], facts: &str) -> Vec<String> {
    let known: BTreeSet<&str> = facts
        .lines()
        .filter_map(|line| Some(line.split_once(" · ")?.0))
        .filter(|fact| is_fact(fact))
        .collect();
    let mut listed = BTreeSet::new();
    let mut breaches = Vec::new();
    for row in rows {
        if !known.contains(row.fact) {
            breaches.push(format!("{REGISTER}: {} is no fact", row.fact));
        }
        if !listed.insert(row.fact) {
            breaches.push(format!("{REGISTER}: {} has two rows", row.fact));
        }
    }
    let missing = known.difference(&listed);
    breaches.extend(missing.map(|fact| format!("{REGISTER}: {fact} has no row")));
    breaches
}

/// The text of a test function with its comments and attributes; `None` where there is no such test.
fn test<'a>(source: &'a str, function: &str) -> Option<&'a str> {
    let signature = format!("fn {function}(");
    let mut places = source.match_indices(&signature);
    places.find_map(|(at, _)| test_at(source, at))
}

fn test_at(source: &str, at: usize) -> Option<&str> {
    let line = source[..at].rfind('\n').map_or(0, |end| end + 1);
    let indent = source[line..].len() - source[line..].trim_start_matches(' ').len();
    let is_head = |line: &&str| line.trim_start().starts_with(['#', '/']);
    let head = source[..line].split_inclusive('\n').rev();
    let start = line - head.take_while(is_head).map(str::len).sum::<usize>();
    let attributes = &source[start..line];
    if !["#[test]", "#[tokio::test"]
        .iter()
        .any(|test| attributes.contains(test))
    {
        return None;
    }
    let close = format!("\n{}}}", " ".repeat(indent));
    let end = source[at..]
        .find(&close)
        .map_or(source.len(), |end| at + end);
    Some(&source[start..end])
}

/// Whether a test's text names `TAG-6`, as it stands or as `tag_6` in the function's name.
fn names(text: &str, fact: &str) -> bool {
    let text = text.to_lowercase().replace('_', "-");
    let fact = fact.to_lowercase();
    text.match_indices(&fact).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + fact.len()..].chars().next();
        !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(|c| c.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "\
fn helper() {
}

#[test]
fn a_rule_tag_6() {
    assert!(true);
}

proptest! {
    /// PLT-2 and PLT-30.
    #[test]
    fn a_property(a in \"x\") {
        if a { b(); }
    }
}
";

    #[test]
    fn a_test_is_found_by_its_name_and_ends_with_its_brace() {
        assert!(test(SOURCE, "a_rule_tag_6").is_some_and(|text| text.ends_with("assert!(true);")));
        assert!(test(SOURCE, "a_property").is_some_and(|text| text.starts_with("    /// PLT-2")));
        for none in ["helper", "a_rule", "property", "absent"] {
            assert_eq!(test(SOURCE, none), None, "{none}");
        }
    }

    #[test]
    fn a_fact_is_named_whole() {
        let property = test(SOURCE, "a_property").unwrap();
        assert!(names(property, "PLT-2") && names(property, "PLT-30"));
        assert!(!names(property, "PLT-3") && !names(property, "TAG-6"));
        assert!(names("fn x_tag_6_tag_7()", "TAG-6") && !names("fn x_tag_60()", "TAG-6"));
        assert!(!names("fn stag_6()", "TAG-6"));
    }

    #[test]
    fn a_row_names_its_tests_behind_their_file() {
        let text = "\
            | fact | rule | tests |\n\
            |---|---|---|\n\
            | TAG-6 | a `rule` | `a/b.rs` `one` `two`; `c/d.rs` `three` |\n\
            | TAG-7 | other | to come |\n\
            | other | other | `x/y.rs` `z` |\n\
            | TAG-8 | other | no test: `it` is a matter of taste |\n";
        let rows = rows(text);
        let facts: Vec<&str> = rows.iter().map(|row| row.fact).collect();
        assert_eq!(facts, ["TAG-6", "TAG-7", "TAG-8"]);
        assert_eq!(
            rows[0].named(),
            [("a/b.rs", "one"), ("a/b.rs", "two"), ("c/d.rs", "three")]
        );
        assert!(rows[1].waits() && rows[1].named().is_empty());
        assert!(!rows[2].waits() && rows[2].named().is_empty());
    }

    #[test]
    fn a_row_without_test_or_with_another_one_is_a_breach() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("t.rs"), SOURCE).unwrap();
        let breaches = |tests: &str| {
            let fact = "TAG-6";
            row_breaches(folder.path(), &Row { fact, tests }).join("; ")
        };
        assert_eq!(breaches("`./t.rs` `a_rule_tag_6`"), "");
        assert_eq!(breaches("to come"), "");
        assert_eq!(breaches("no test: it is advice"), "");
        assert!(breaches("").contains("neither"));
        assert!(breaches("no test:").contains("neither"));
        assert!(breaches("`./t.rs` `a_property`").contains("does not name it"));
        assert!(breaches("`./t.rs` `gone`, to come").contains("has no test gone"));
        assert!(breaches("`./absent.rs` `a_rule_tag_6`").contains("has no test"));
    }

    #[test]
    fn every_fact_has_one_row() {
        let facts = "TAG-1 · a\nTAG-2 · b, see TAG-9 · c\nERR-1 · d\ntext\n";
        let found = |text: &str| list_breaches(&rows(text), facts).join("; ");
        assert_eq!(found("| TAG-1 | a | x |\n| TAG-2 | b | x |\n"), "");
        assert!(found("| TAG-1 | a | x |\n").contains("TAG-2 has no row"));
        let more =
            found("| TAG-1 | a | x |\n| TAG-1 | a | x |\n| TAG-2 | a | x |\n| TAG-3 | a | x |\n");
        assert!(more.contains("TAG-1 has two rows") && more.contains("TAG-3 is no fact"));
    }
}
