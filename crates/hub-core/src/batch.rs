//! A body that was received whole, and where the objects in it stand. What an object means is not known here.

use std::ops::Range;

use serde_json::value::RawValue;

use crate::record::Object;

/// A body and the objects in it, found once; [`Batch::objects`] lends them.
#[derive(Debug)]
pub(crate) struct Batch<const N: usize> {
    body: String,
    found: Vec<Found<N>>,
}

#[derive(Debug)]
struct Found<const N: usize> {
    text: Range<usize>,
    values: [Option<Range<usize>>; N],
    clash: bool,
}

impl<const N: usize> Batch<N> {
    /// A batch of the one object that `body` is.
    pub(crate) fn of_one(body: String, names: &[&'static str; N]) -> serde_json::Result<Self> {
        let found = vec![Found::locate(&body, Object::read(&body, names)?)];
        Ok(Self { body, found })
    }

    /// A batch of the objects that `list` finds in `body`.
    pub(crate) fn of_many(
        body: String,
        names: &[&'static str; N],
        list: impl for<'a> FnOnce(&'a str) -> serde_json::Result<Vec<&'a RawValue>>,
    ) -> serde_json::Result<Self> {
        let read = |raw: &RawValue| {
            Object::read(raw.get(), names).map(|object| Found::locate(&body, object))
        };
        let found = list(&body)?
            .into_iter()
            .map(read)
            .collect::<serde_json::Result<_>>()?;
        Ok(Self { body, found })
    }

    /// The objects in their order.
    pub(crate) fn objects(&self) -> impl Iterator<Item = Object<'_, N>> {
        self.found.iter().map(|found| found.lend(&self.body))
    }

    /// How many objects there are.
    pub(crate) fn len(&self) -> usize {
        self.found.len()
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Drops the objects that `keep` refuses.
    pub(crate) fn retain(&mut self, mut keep: impl FnMut(Object<'_, N>) -> bool) {
        let body = &self.body;
        self.found.retain(|found| keep(found.lend(body)));
    }
}

impl<const N: usize> Found<N> {
    fn locate(body: &str, object: Object<'_, N>) -> Self {
        let place = |part: &str| {
            let start = part.as_ptr().addr() - body.as_ptr().addr();
            start..start + part.len()
        };
        Self {
            text: place(object.text),
            values: object.values.map(|value| value.map(place)),
            clash: object.clash,
        }
    }

    fn lend<'a>(&self, body: &'a str) -> Object<'a, N> {
        let part = |range: &Range<usize>| &body[range.clone()];
        Object {
            text: part(&self.text),
            values: std::array::from_fn(|index| self.values[index].as_ref().map(part)),
            clash: self.clash,
        }
    }
}
