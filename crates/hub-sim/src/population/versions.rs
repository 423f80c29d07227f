//! Version tags counted down from the newest, with the aliases that projects push beside them.

/// Builds, newest first, and the tag names that point at them.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    /// Version of each build.
    pub(crate) builds: Vec<String>,
    /// Tag name and number of the build.
    pub(crate) names: Vec<(String, usize)>,
}

/// At most `tags` tags from `newest` on: `latest`, and for every version its full name, `X.Y` on the newest of a minor
/// release and `X` on the newest of a major one, so that about 30 % of the tags share a digest with another. `extra` is
/// one more tag with a build of its own.
pub(crate) fn plan(newest: (u32, u32, u32), tags: usize, extra: Option<&str>) -> Plan {
    let mut plan = Plan {
        builds: Vec::new(),
        names: Vec::new(),
    };
    let mut version = Some(newest);
    let mut previous = None;
    let reserved = usize::from(extra.is_some());
    while let Some((major, minor, patch)) = version.filter(|_| plan.names.len() + reserved < tags) {
        let build = plan.builds.len();
        let full = format!("{major}.{minor}.{patch}");
        let mut names = vec![full.clone()];
        if previous.map(|(major, minor, _)| (major, minor)) != Some((major, minor)) {
            names.push(format!("{major}.{minor}"));
        }
        if previous.map(|(major, ..)| major) != Some(major) {
            names.push(major.to_string());
        }
        if build == 0 {
            names.insert(0, "latest".to_owned());
        }
        plan.builds.push(full);
        plan.names
            .extend(names.into_iter().map(|name| (name, build)));
        previous = version;
        version = before((major, minor, patch));
    }
    plan.names.truncate(tags.saturating_sub(reserved));
    if let Some(extra) = extra {
        plan.names.push((extra.to_owned(), plan.builds.len()));
        plan.builds.push(extra.to_owned());
    }
    plan
}

fn before((major, minor, patch): (u32, u32, u32)) -> Option<(u32, u32, u32)> {
    match (major, minor, patch) {
        (0, 0, 0) => None,
        (major, 0, 0) => Some((major - 1, 3, 2)),
        (major, minor, 0) => Some((major, minor - 1, 2)),
        (major, minor, patch) => Some((major, minor, patch - 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::plan;

    #[test]
    fn aliases_point_at_the_newest_of_their_line() {
        let plan = plan((2, 1, 1), 8, None);
        let names: Vec<_> = plan
            .names
            .iter()
            .map(|(name, build)| (name.as_str(), *build))
            .collect();
        let expected = [
            ("latest", 0),
            ("2.1.1", 0),
            ("2.1", 0),
            ("2", 0),
            ("2.1.0", 1),
            ("2.0.2", 2),
            ("2.0", 2),
            ("2.0.1", 3),
        ];
        assert_eq!(names, expected);
        assert_eq!(plan.builds, ["2.1.1", "2.1.0", "2.0.2", "2.0.1"]);
    }

    #[test]
    fn the_extra_tag_counts_and_has_its_own_build() {
        let plan = plan((1, 0, 0), 3, Some("arm64"));
        assert_eq!(plan.names.len(), 3);
        assert_eq!(plan.names[2], ("arm64".to_owned(), 1));
    }

    #[test]
    fn versions_end_at_zero() {
        assert_eq!(plan((0, 0, 1), 50, None).builds, ["0.0.1", "0.0.0"]);
    }
}
