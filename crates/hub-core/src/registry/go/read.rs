//! `json.Unmarshal`: what Go takes for a value of a type, and what it makes of it. It knows no document.
//!
//! Go is lenient where serde is not, and the document depends on it: `null` leaves a value as it was, members are found
//! whatever the case of their names, a member that stands twice is read into the same place twice, and text that is no
//! Unicode is repaired.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::error::shorten;

/// The value of a document. What is wrong is told with the members that lead to it.
pub(in crate::registry) fn unmarshal<T: Read + Default>(json: &[u8]) -> Result<T, String> {
    let text = repaired(json);
    let json: &RawValue =
        serde_json::from_str(&text).map_err(|error| format!("it is no JSON: {error}"))?;
    let mut value = T::default();
    value.read(json)?;
    Ok(value)
}

/// A place that JSON is read into, maybe more than once.
pub(in crate::registry) trait Read {
    /// Reads `json` over what is there.
    fn read(&mut self, json: &RawValue) -> Result<(), String>;
}

/// The members of an object: a Go struct.
pub(in crate::registry) trait Members {
    /// The place of the member that Go takes `key` for.
    fn member(&mut self, key: &str) -> Option<&mut dyn Read>;
}

/// Declares a struct, and for each of its members the name and what Go reads it into.
macro_rules! members {
    ($(#[$doc:meta])* $name:ident { $($field:ident: $type:ty = $key:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Default)]
        pub(in crate::registry) struct $name { $(pub(in crate::registry) $field: $type,)* }

        impl $crate::registry::go::read::Members for $name {
            fn member(&mut self, key: &str) -> Option<&mut dyn $crate::registry::go::read::Read> {
                $(if key == $key { return Some(&mut self.$field); })*
                $(if $crate::registry::go::read::is_fold(key, $key) { return Some(&mut self.$field); })*
                None
            }
        }

        impl $crate::registry::go::read::Read for $name {
            fn read(&mut self, json: &serde_json::value::RawValue) -> Result<(), String> {
                $crate::registry::go::read::members_of(self, json)
            }
        }
    };
}
pub(in crate::registry) use members;

/// An object of empty objects, of which nothing is kept: `map[string]struct{}`.
#[derive(Debug, Default)]
pub(in crate::registry) struct Set;

/// A list of which nothing is kept. Its elements are checked one by one, since a hostile one has millions of them.
#[derive(Debug, Default)]
pub(in crate::registry) struct Checked<T>(PhantomData<T>);

/// A list of strings, or one string for a list of one: docker's `strslice`.
#[derive(Debug, Default)]
pub(in crate::registry) struct Words;

/// A value that is left out where it is of another type. Go has nothing like it.
#[derive(Debug, Default)]
pub(in crate::registry) struct Lenient<T>(pub(in crate::registry) T);

impl Read for String {
    fn read(&mut self, json: &RawValue) -> Result<(), String> {
        if json.get().starts_with('"') {
            *self = serde_json::from_str(json.get()).map_err(|error| error.to_string())?;
            return Ok(());
        }
        null_or(json, "a string")
    }
}

impl Read for bool {
    fn read(&mut self, json: &RawValue) -> Result<(), String> {
        match json.get() {
            "true" => *self = true,
            "false" => *self = false,
            _ => null_or(json, "true or false")?,
        }
        Ok(())
    }
}

impl Read for i64 {
    fn read(&mut self, json: &RawValue) -> Result<(), String> {
        match json.get().parse() {
            Ok(number) => *self = number,
            Err(_) => null_or(json, "a whole number of 64 bits")?,
        }
        Ok(())
    }
}

/// A pointer, a slice or a map: `null` makes it nil.
impl<T: Read + Default> Read for Option<T> {
    fn read(&mut self, json: &RawValue) -> Result<(), String> {
        if json.get() == "null" {
            *self = None;
            return Ok(());
        }
        self.get_or_insert_default().read(json)
    }
}

impl<T: Read + Default> Read for Vec<T> {
    /// The elements are read over those that are there.
    fn read(&mut self, json: &RawValue) -> Result<(), String> {
        let mut count = 0;
        each_element(json, |element| {
            if count == self.len() {
                self.push(T::default());
            }
            count += 1;
            self[count - 1].read(element)
        })?;
        self.truncate(count);
        Ok(())
    }
}

impl<T: Read + Default> Read for BTreeMap<String, T> {
    /// What is there stays, under other keys.
    fn read(&mut self, json: &RawValue) -> Result<(), String> {
        each_member(json, |key, value| {
            let mut place = T::default();
            place.read(value)?;
            self.insert(key.to_owned(), place);
            Ok(())
        })
    }
}

impl Read for Set {
    fn read(&mut self, json: &RawValue) -> Result<(), String> {
        each_member(json, |_, value| each_member(value, |_, _| Ok(())))
    }
}

impl<T: Read + Default> Read for Checked<T> {
    fn read(&mut self, json: &RawValue) -> Result<(), String> {
        each_element(json, |element| T::default().read(element))
    }
}

impl Read for Words {
    fn read(&mut self, json: &RawValue) -> Result<(), String> {
        if json.get().starts_with('"') {
            return Ok(());
        }
        Checked::<String>::default().read(json)
    }
}

impl<T: Read + Default> Read for Lenient<T> {
    fn read(&mut self, json: &RawValue) -> Result<(), String> {
        let mut value = T::default();
        if value.read(json).is_ok() {
            self.0 = value;
        }
        Ok(())
    }
}

/// Reads the members of the object `json` into their places.
pub(in crate::registry) fn members_of(
    places: &mut dyn Members,
    json: &RawValue,
) -> Result<(), String> {
    each_member(json, |key, value| match places.member(key) {
        Some(place) => place.read(value),
        None => Ok(()),
    })
}

/// Whether Go takes `key` for a member that is called `name`, which is ASCII.
pub(in crate::registry) fn is_fold(key: &str, name: &str) -> bool {
    let folded = |character: char| match character {
        'ſ' => 's',
        '\u{212a}' => 'k',
        other => other.to_ascii_lowercase(),
    };
    key.chars().map(folded).eq(name.chars().map(folded))
}

fn null_or(json: &RawValue, expected: &str) -> Result<(), String> {
    let found = match json.get().bytes().next() {
        Some(b'n') => return Ok(()),
        Some(b'"') => "a string",
        Some(b'{') => "an object",
        Some(b'[') => "a list",
        Some(b't' | b'f') => "true or false",
        _ => "a number",
    };
    Err(format!("{expected} was expected, and there is {found}"))
}

/// Shows `take` the elements of a list; none for `null`. What it says is wrong is told with the element's number.
fn each_element(
    json: &RawValue,
    mut take: impl FnMut(&RawValue) -> Result<(), String>,
) -> Result<(), String> {
    if !json.get().starts_with('[') {
        return null_or(json, "a list");
    }
    let mut index = 0;
    each(json, |_, element| {
        take(element).map_err(|why| format!("[{index}]: {why}"))?;
        index += 1;
        Ok(())
    })
}

/// Shows `take` the members of an object; none for `null`. What it says is wrong is told with the member's name.
fn each_member(
    json: &RawValue,
    mut take: impl FnMut(&str, &RawValue) -> Result<(), String>,
) -> Result<(), String> {
    if !json.get().starts_with('{') {
        return null_or(json, "an object");
    }
    each(json, |key, value| {
        take(key, value).map_err(|why| format!("{}: {why}", shorten(key, 64)))
    })
}

/// Nothing is collected: a list of zeros would take a hundred times its text.
fn each<F: FnMut(&str, &RawValue) -> Result<(), String>>(
    json: &RawValue,
    take: F,
) -> Result<(), String> {
    let mut wrong = None;
    let visitor = Each {
        take,
        wrong: &mut wrong,
    };
    let read = serde_json::Deserializer::from_str(json.get()).deserialize_any(visitor);
    read.map_err(|error| wrong.unwrap_or_else(|| error.to_string()))
}

struct Each<'a, F> {
    take: F,
    /// What `take` said; serde would add a line and a column to it.
    wrong: &'a mut Option<String>,
}

impl<F: FnMut(&str, &RawValue) -> Result<(), String>> Each<'_, F> {
    fn take<E: Error>(&mut self, key: &str, value: &RawValue) -> Result<(), E> {
        (self.take)(key, value).map_err(|why| {
            *self.wrong = Some(why);
            E::custom("")
        })
    }
}

impl<'de, F: FnMut(&str, &RawValue) -> Result<(), String>> Visitor<'de> for Each<'_, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list or an object")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<(), A::Error> {
        while let Some(element) = list.next_element::<&RawValue>()? {
            self.take("", element)?;
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut object: A) -> Result<(), A::Error> {
        while let Some((key, value)) = object.next_entry::<String, &RawValue>()? {
            self.take(&key, value)?;
        }
        Ok(())
    }
}

/// The text with U+FFFD for each byte that is no UTF-8, and for each escape of half a surrogate pair.
fn repaired(json: &[u8]) -> String {
    let mut text = String::with_capacity(json.len());
    for chunk in json.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(at) = rest.find('\\') {
        let (plain, escape) = rest.split_at(at);
        out.push_str(plain);
        let (written, length) = match escaped_unit(escape) {
            Some(0xd800..=0xdbff) if is_low(escaped_unit(&escape[6..])) => (&escape[..12], 12),
            Some(0xd800..=0xdfff) => ("\\ufffd", 6),
            Some(_) => (&escape[..6], 6),
            None => {
                let length = escape.chars().take(2).map(char::len_utf8).sum();
                (&escape[..length], length)
            }
        };
        out.push_str(written);
        rest = &escape[length..];
    }
    out + rest
}

fn is_low(unit: Option<u16>) -> bool {
    matches!(unit, Some(0xdc00..=0xdfff))
}

/// The UTF-16 unit that the text begins with, as `\u1234`.
fn escaped_unit(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hex.then(|| u16::from_str_radix(digits, 16).ok())?
}

#[cfg(test)]
mod tests;
