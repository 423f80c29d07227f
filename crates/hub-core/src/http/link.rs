//! The next page, as a `Link` header names it (RFC 8288), and where that may lead.
//!
//! Reading is lenient, since a link that is not understood ends a list in silence; following is strict, since the target is the
//! server's choice (REGISTRY.md TAG-6, TAG-7). Whether pages go in circles is for the one who walks them.

use url::Url;

use crate::error::{Error, ErrorKind, Result, shorten};

/// The target of the first link whose `rel` holds `next`, as it stands there. `None` is the end: no such link, or an empty one.
pub(crate) fn next<'a>(headers: impl Iterator<Item = &'a str>) -> Option<String> {
    let mut links = headers.flat_map(parse);
    let link = links.find(Link::is_next)?;
    (!link.target.is_empty()).then(|| link.target.to_owned())
}

/// The page that `target` names in the answer to `request`: relative to it, and of the same scheme, host and port (TAG-7).
///
/// The query stays as it is, opaque tokens included, but for `n=0`, which GitHub's registry writes and which ends the list
/// without the rest.
pub(crate) fn resolve(request: &Url, target: &str) -> Result<Url> {
    let refuse = |why: &str| {
        let what = format!("the next page is refused: {why}: {}", shorten(target, 80));
        Err(Error::new(ErrorKind::InvalidResponse, what))
    };
    let Ok(mut next) = request.join(target) else {
        return refuse("it is no URL");
    };
    if origin(&next) != origin(request) {
        return refuse("it is at another host");
    }
    if !next.username().is_empty() || next.password().is_some() {
        return refuse("it holds a user name");
    }
    next.set_fragment(None);
    restore_page_size(&mut next, request);
    if next == *request {
        return refuse("it is the page that was just read");
    }
    Ok(next)
}

/// One link of a header.
struct Link<'a> {
    target: &'a str,
    /// The value of the first `rel`; RFC 8288 §3.3 ignores others.
    rel: Option<String>,
}

impl Link<'_> {
    fn is_next(&self) -> bool {
        let rel = self.rel.as_deref().unwrap_or_default();
        rel.split_ascii_whitespace()
            .any(|word| word.eq_ignore_ascii_case("next"))
    }
}

fn parse(header: &str) -> impl Iterator<Item = Link<'_>> {
    let mut rest = Rest(header);
    std::iter::from_fn(move || rest.take_link())
}

/// What is still to be read of a header.
struct Rest<'a>(&'a str);

impl<'a> Rest<'a> {
    fn take_link(&mut self) -> Option<Link<'a>> {
        self.take_while(|c| is_blank(c) || c == ',');
        if self.0.is_empty() {
            return None;
        }
        let target = self.take_target();
        let mut rel = None;
        while self.skip_to_parameter() {
            let name = self.take_while(|c| !is_blank(c) && !"=;,".contains(c));
            let value = self.take_value();
            if rel.is_none() && name.eq_ignore_ascii_case("rel") {
                rel = Some(value);
            }
        }
        Some(Link { target, rel })
    }

    /// `<target>`, or without the brackets what stands before the parameters (TAG-6).
    fn take_target(&mut self) -> &'a str {
        let inner = self.0.strip_prefix('<');
        let bracketed = inner.and_then(|inner| inner.split_once('>'));
        if let Some((target, rest)) = bracketed.filter(|(target, _)| !target.contains('<')) {
            self.0 = rest;
            return target.trim_matches(is_blank);
        }
        self.0 = inner.unwrap_or(self.0);
        self.take_while(|c| !is_blank(c) && !";,".contains(c))
    }

    /// Goes behind the next `;`; false where the link ends first. What else stands there is no part of a link.
    fn skip_to_parameter(&mut self) -> bool {
        self.take_while(|c| !";,".contains(c));
        let more = self.0.starts_with(';');
        self.take_while(|c| is_blank(c) || c == ';');
        more
    }

    /// What stands behind a `=`: a quoted string, which may hold `,` `;` and `>`, or a bare word.
    fn take_value(&mut self) -> String {
        let Some(value) = self.0.trim_start_matches(is_blank).strip_prefix('=') else {
            return String::new();
        };
        let value = value.trim_start_matches(is_blank);
        self.0 = value;
        match value.strip_prefix('"') {
            Some(quoted) => self.take_quoted(quoted),
            None => self
                .take_while(|c| !is_blank(c) && !";,".contains(c))
                .to_owned(),
        }
    }

    /// A quote without end goes to the end of the header.
    fn take_quoted(&mut self, quoted: &'a str) -> String {
        let mut value = String::new();
        let mut chars = quoted.chars();
        while let Some(c) = chars.next() {
            match c {
                '"' => break,
                '\\' => value.extend(chars.next()),
                other => value.push(other),
            }
        }
        self.0 = chars.as_str();
        value
    }

    fn take_while(&mut self, accept: impl Fn(char) -> bool) -> &'a str {
        let end = self.0.find(|c| !accept(c)).unwrap_or(self.0.len());
        let (taken, rest) = self.0.split_at(end);
        self.0 = rest;
        taken
    }
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t')
}

fn origin(url: &Url) -> (&str, Option<&str>, Option<u16>) {
    (url.scheme(), url.host_str(), url.port_or_known_default())
}

/// `n=0` asks for an empty list (TAG-4): the request's own size stands there, or none.
fn restore_page_size(next: &mut Url, request: &Url) {
    let query = next.query().unwrap_or_default().to_owned();
    let mut sizes = request.query().unwrap_or_default().split('&');
    let own = sizes.find(|pair| pair.starts_with("n=") && *pair != "n=0");
    let restored = query.split('&').filter_map(|pair| match pair {
        "n=0" => own,
        pair => Some(pair),
    });
    let restored = restored.collect::<Vec<_>>().join("&");
    if restored != query {
        next.set_query(Some(&*restored).filter(|query| !query.is_empty()));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const REQUEST: &str = "https://r.example/v2/a/tags/list?n=100";

    fn target(header: &str) -> Option<String> {
        next([header].into_iter())
    }

    fn resolved(target: &str) -> Result<String> {
        resolve(&REQUEST.parse().unwrap(), target).map(Into::into)
    }

    /// Where a header leads; `-` is the end.
    fn led(header: &str) -> String {
        target(header).map_or("-".into(), |target| resolved(&target).unwrap())
    }

    #[test]
    fn follows_the_vectors_of_section_18() {
        let vectors = [
            (
                r#"</v2/a/tags/list?last=z&n=100>; rel="next""#,
                "/v2/a/tags/list?last=z&n=100",
            ),
            (
                "<tags/list?last=z>; rel=next",
                "/v2/a/tags/tags/list?last=z",
            ),
            (
                r#"</x>; rel="prev", </v2/a/tags/list?last=z>; rel="next""#,
                "/v2/a/tags/list?last=z",
            ),
            (
                r#"</v2/a/tags/list?last=a%2Cb%3Ec>; title="a,b>c"; rel="last next""#,
                "/v2/a/tags/list?last=a%2Cb%3Ec",
            ),
            (
                r#"</v2/a/tags/list?last=z&n=0>; rel="next""#,
                "/v2/a/tags/list?last=z&n=100",
            ),
        ];
        for (header, path) in vectors {
            assert_eq!(led(header), format!("https://r.example{path}"), "{header}");
        }
        for end in [r#"<>; rel="next""#, r#"</x>; rel="prev""#, "</x>", ""] {
            assert_eq!(led(end), "-", "{end}");
        }
    }

    #[test]
    fn reads_the_forms_seen_in_the_wild_tag_6() {
        let headers = [
            "</x>;rel=next",
            "</x> ; REL = \"Next\"",
            "</x>; a; b=; title=\"\\\";,\"; rel=\"prev next\"",
            "/x; rel=next",
            "</x; rel=\"next\"",
            "</x; rel=next, </y>; rel=prev",
            "</x>; rel=\"next",
            ",, </y>; rel=nextish, < /x >;; rel=next; rel=prev",
            "</y>; rel=prev; rel=next, </x>; rel=next, </z>; rel=next",
            "</y>; title=\">\", \t</x>; rel=next",
            "junk, </x>; rel=next",
        ];
        for header in headers {
            assert_eq!(target(header).as_deref(), Some("/x"), "{header}");
        }
        assert_eq!(
            next(["</y>; rel=prev", "</x>; rel=next"].into_iter()).as_deref(),
            Some("/x")
        );
        assert_eq!(
            led("</v2/a/tags/list?next_page=gAAA%3D%3D~_-&n=100>; rel=next")
                .split_once('?')
                .unwrap()
                .1,
            "next_page=gAAA%3D%3D~_-&n=100"
        );
    }

    #[test]
    fn refuses_to_leave_the_origin_tag_7() {
        let foreign = "http://localhost:8080/v2/a/tags/list?last=z https://r.example:444/x http://r.example/x //e.example/x \
            \\\\e.example/x https://u:p@r.example/x https://u@r.example/x https://r.example.e.example/x https://127.0.0.1/x \
            javascript:1 file:///etc/passwd data:,x https:// https://[/";
        for target in foreign.split_whitespace() {
            let error = resolved(target).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidResponse, "{target}");
        }
        assert_eq!(
            resolved("https://R.example:443/x#f").unwrap(),
            "https://r.example/x"
        );
    }

    #[test]
    fn the_page_just_read_is_no_next_one() {
        for target in ["/v2/a/tags/list?n=100", "", "#top", "?n=0", REQUEST] {
            assert!(
                resolved(target)
                    .unwrap_err()
                    .to_string()
                    .contains("just read"),
                "{target}"
            );
        }
    }

    #[test]
    fn only_n_0_is_put_right_tag_6() {
        let unchanged = ["?n=50&last=z", "?last=z&nn=0", "?last=n=0", "?n=00"];
        for target in unchanged {
            assert!(resolved(target).unwrap().ends_with(target), "{target}");
        }
        let without_n: Url = "https://r.example/x".parse().unwrap();
        let put_right = |target| {
            resolve(&without_n, target)
                .unwrap()
                .query()
                .map(str::to_owned)
        };
        assert_eq!(put_right("?n=0&last=z").as_deref(), Some("last=z"));
        assert_eq!(put_right("/y?n=0"), None);
    }

    proptest! {
        #[test]
        fn a_quoted_title_hides_nothing(title in "\\PC*", path in "/[a-z,;%0-9]{0,9}") {
            let title = title.replace('\\', "\\\\").replace('"', "\\\"");
            let header = format!("</y>; rel=prev; title=\"{title}\", <{path}>; title=\"{title}\"; rel=next");
            prop_assert_eq!(target(&header), Some(path));
        }

        #[test]
        fn nothing_leads_elsewhere(header in "((<|>|https:|//|/|\\\\|@|e\\.x|r\\.example|:80|;|rel=next|,|\"|é| )){0,12}|\\PC*") {
            for target in [target(&header), Some(header)].into_iter().flatten() {
                if let Ok(url) = resolved(&target) {
                    prop_assert!(url.starts_with("https://r.example/"), "{}", url);
                }
            }
        }
    }
}
