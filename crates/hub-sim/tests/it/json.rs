//! JSON values that keep the order of their keys, and the comparison of shapes.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    Number(f64),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    pub(crate) fn parse(bytes: &[u8]) -> Self {
        let text = || String::from_utf8_lossy(bytes).into_owned();
        serde_json::from_slice(bytes).unwrap_or_else(|error| panic!("{error} in {}", text()))
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Json> {
        let Self::Object(members) = self else {
            panic!("not an object: {self:?}")
        };
        members
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, value)| value)
    }

    pub(crate) fn at(&self, key: &str) -> &Json {
        self.get(key)
            .unwrap_or_else(|| panic!("no {key} in {self:?}"))
    }

    pub(crate) fn keys(&self) -> Vec<&str> {
        let Self::Object(members) = self else {
            panic!("not an object: {self:?}")
        };
        members.iter().map(|(name, _)| name.as_str()).collect()
    }

    pub(crate) fn items(&self) -> &[Json] {
        let Self::List(items) = self else {
            panic!("not a list: {self:?}")
        };
        items
    }

    pub(crate) fn text(&self) -> &str {
        let Self::Text(text) = self else {
            panic!("not a text: {self:?}")
        };
        text
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "counts and instants are small"
    )]
    pub(crate) fn number(&self) -> i64 {
        let Self::Number(number) = self else {
            panic!("not a number: {self:?}")
        };
        *number as i64
    }

    /// Texts under `key` of each item of `results`.
    pub(crate) fn results(&self, key: &str) -> Vec<&str> {
        self.at("results")
            .items()
            .iter()
            .map(|item| item.at(key).text())
            .collect()
    }

    /// Panics unless `self` has the keys, the order of keys and the types of `recorded`. Null fits any type; items of a
    /// list are held against the recorded list's first.
    pub(crate) fn assert_shape_of(&self, recorded: &Json) {
        let mut differences = Vec::new();
        compare("$", recorded, self, &mut differences);
        assert!(differences.is_empty(), "{}", differences.join("\n"));
    }
}

fn compare(path: &str, recorded: &Json, ours: &Json, differences: &mut Vec<String>) {
    match (recorded, ours) {
        (Json::Null, _) | (_, Json::Null) => {}
        (Json::Object(expected), Json::Object(_)) => {
            let expected: Vec<&str> = expected.iter().map(|(name, _)| name.as_str()).collect();
            if expected != ours.keys() {
                differences.push(format!(
                    "{path}: {expected:?} is recorded, ours is {:?}",
                    ours.keys()
                ));
            }
            for key in expected {
                if let Some(value) = ours.get(key) {
                    compare(
                        &format!("{path}.{key}"),
                        recorded.at(key),
                        value,
                        differences,
                    );
                }
            }
        }
        (Json::List(expected), Json::List(items)) => {
            let Some(first) = expected.first() else {
                return;
            };
            for (number, item) in items.iter().enumerate() {
                compare(&format!("{path}[{number}]"), first, item, differences);
            }
        }
        _ if std::mem::discriminant(recorded) == std::mem::discriminant(ours) => {}
        _ => differences.push(format!(
            "{path}: {recorded:?} is recorded, ours is {ours:?}"
        )),
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyJson)
    }
}

struct AnyJson;

impl<'de> Visitor<'de> for AnyJson {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "shapes matter here, not the last digit"
    )]
    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Number(value as f64))
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "shapes matter here, not the last digit"
    )]
    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Number(value as f64))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        Ok(Json::Number(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(Json::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Json, A::Error> {
        let mut object = Vec::new();
        while let Some(member) = members.next_entry()? {
            object.push(member);
        }
        Ok(Json::Object(object))
    }
}
