//! The keys of one record: engines that ignore case (Spark, `DuckDB`) must not take two of them for one column.
//!
//! Values are not known here, nor where a key moves that may not stay.

use std::collections::HashMap;

/// The keys that lead every record.
const OURS: [&str; 2] = ["ref", "kind"];

/// So many keys are told apart as they pass. Known objects have half as many.
const MOST: usize = 62;

/// Places for twice as many, so that most keys find theirs free.
const PLACES: usize = 128;

/// A key without regard to case, in a few bits: equal keys have equal sums, and others hardly ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KeySum(u32);

impl KeySum {
    pub(crate) fn of(key: &str) -> Self {
        if key.is_ascii() {
            Self(sum(key.as_bytes()))
        } else {
            Self(sum(key.to_lowercase().as_bytes()))
        }
    }
}

/// The keys of one object as they pass, ours before them: a table of their sums, in which 0 is a free place.
#[derive(Debug)]
pub(crate) struct Passing {
    places: [u32; PLACES],
    left: usize,
    clash: bool,
}

impl Passing {
    pub(crate) fn new() -> Self {
        let mut passing = Self {
            places: [0; PLACES],
            left: MOST + OURS.len(),
            clash: false,
        };
        passing.pass(const { KeySum(sum(OURS[0].as_bytes())) });
        passing.pass(const { KeySum(sum(OURS[1].as_bytes())) });
        passing
    }

    /// One more key. Clashes are looked for until one is found.
    pub(crate) fn pass(&mut self, KeySum(key): KeySum) {
        if self.clash || self.left == 0 {
            self.clash = true;
            return;
        }
        self.left -= 1;
        let mut place = (key >> 1) as usize % PLACES;
        while self.places[place] != 0 && self.places[place] != key {
            place = (place + 1) % PLACES;
        }
        self.clash = self.places[place] == key;
        self.places[place] = key;
    }

    /// Whether two keys may be equal but for their case; `false` is certain.
    pub(crate) fn may_clash(&self) -> bool {
        self.clash
    }
}

/// Which keys of upstream's may not stand beside ours and the earlier ones, since they differ from one of them in case
/// alone. A key that stands there twice as it is stays: upstream is carried as it came.
pub(crate) fn moving<'a>(keys: impl Iterator<Item = &'a str> + Clone) -> Vec<bool> {
    let ours = OURS.map(|name| (name.to_owned(), None));
    let mut first: HashMap<String, Option<&str>> = HashMap::from(ours);
    let moves = |key: &'a str| *first.entry(key.to_lowercase()).or_insert(Some(key)) != Some(key);
    let mut moving: Vec<_> = keys.clone().map(moves).collect();
    if moving.contains(&true) {
        // Where something moves, the place is taken.
        let places = keys.map(|key| key.eq_ignore_ascii_case("upstream"));
        moving
            .iter_mut()
            .zip(places)
            .for_each(|(moves, place)| *moves |= place);
    }
    moving
}

/// Eight bytes at a time; letters lose the bit that is their case, and some other characters too. Never 0.
const fn sum(key: &[u8]) -> u32 {
    const FOLD: u64 = 0x2020_2020_2020_2020;
    const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut sum = key.len() as u64;
    let mut rest = key;
    while let Some((word, behind)) = rest.split_first_chunk::<8>() {
        sum = (sum ^ (u64::from_le_bytes(*word) | FOLD)).wrapping_mul(SPREAD);
        sum ^= sum >> 32;
        rest = behind;
    }
    let mut last = 0;
    while let Some((byte, behind)) = rest.split_first() {
        last = last << 8 | *byte as u64;
        rest = behind;
    }
    sum = (sum ^ (last | FOLD)).wrapping_mul(SPREAD);
    (sum >> 32) as u32 | 1
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn may_clash(keys: &[&str]) -> bool {
        let mut passing = Passing::new();
        for key in keys {
            passing.pass(KeySum::of(key));
        }
        passing.may_clash()
    }

    #[test]
    fn keys_that_docker_hub_and_registries_send_are_told_apart_at_a_glance() {
        let repository = "user name namespace repository_type status status_description description is_private \
            is_automated star_count pull_count last_updated last_modified date_registered collaborator_count affiliation \
            hub_user has_starred full_description permissions media_types content_types categories \
            immutable_tags_settings storage_size source";
        let tag = "creator id images last_updated last_updater last_updater_username name repository full_size v2 \
            tag_status tag_last_pulled tag_last_pushed media_type content_type digest";
        let descriptor = "mediaType digest size urls annotations data artifactType platform";
        for keys in [repository, tag, descriptor] {
            let keys: Vec<_> = keys.split_whitespace().collect();
            assert!(!may_clash(&keys), "{keys:?}");
            assert!(!moving(keys.iter().copied()).contains(&true));
        }
    }

    #[test]
    fn more_keys_than_are_compared_are_left_to_the_closer_look() {
        let keys: Vec<_> = (0..=MOST).map(|number| format!("k{number}")).collect();
        let keys: Vec<_> = keys.iter().map(String::as_str).collect();
        assert!(!may_clash(&keys[..MOST]));
        assert!(may_clash(&keys));
        assert!(!moving(keys.iter().copied()).contains(&true));
    }

    #[test]
    fn the_first_of_two_spellings_stays_and_the_place_moves_only_where_it_is_taken_pipe_1() {
        let keys = ["Upstream", "digest", "Digest", "DIGEST", "digest", "Kind"];
        assert_eq!(
            moving(keys.into_iter()),
            [true, false, true, true, false, true]
        );
        assert_eq!(moving(["upstream", "a"].into_iter()), [false, false]);
    }

    proptest! {
        #[test]
        fn no_clash_is_overlooked(keys in prop::collection::vec("[a-cA-C]{1,2}|[kK\u{212a}éÉ]{1,2}|[a-zA-Z]{7,9}", 0..8)) {
            let keys: Vec<_> = keys.iter().map(String::as_str).collect();
            if moving(keys.iter().copied()).contains(&true) {
                prop_assert!(may_clash(&keys), "{:?}", keys);
            }
        }
    }
}
