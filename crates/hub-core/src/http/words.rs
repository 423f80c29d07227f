//! What a server said in an error body, in one short line, whatever the shape of the body.
//!
//! Shapes: HUB-API.md §5, REGISTRY.md ERR-1, ERR-3. Nothing is decided by these words, which are for people; a code may decide where a status does not.

use serde_json::Value;

use crate::error::shorten;

const LIMIT: usize = 300;

/// The first of `errors[].message`, `message`, `detail`, `details`, `text`, `error_description`, a field's complaint,
/// or the first line of a text. `None` for HTML and for an empty body.
pub(crate) fn said(body: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(body);
    let words = match serde_json::from_str::<Value>(&text) {
        Ok(value) => first_words(&value)?,
        Err(_) if text.trim_start().starts_with('<') => return None,
        Err(_) => text
            .lines()
            .map(str::trim)
            .find(|line| !line.is_empty())?
            .to_owned(),
    };
    Some(shorten(&words, LIMIT)).filter(|words| !words.is_empty())
}

/// Whether a registry's error body has `code` among its errors (ERR-1).
pub(crate) fn has_code(body: &[u8], code: &str) -> bool {
    let errors = serde_json::from_slice::<Value>(body).unwrap_or_default();
    let errors = errors.get("errors").and_then(Value::as_array);
    errors
        .into_iter()
        .flatten()
        .any(|error| error.get("code").and_then(Value::as_str) == Some(code))
}

fn first_words(value: &Value) -> Option<String> {
    if let Some(error) = value.get("errors").and_then(|errors| errors.get(0)) {
        return registry_words(error);
    }
    [
        "message",
        "detail",
        "details",
        "text",
        "error_description",
        "error",
    ]
    .into_iter()
    .find_map(|key| value.get(key)?.as_str().map(str::to_owned))
    .or_else(|| any_string(value, 4))
}

fn registry_words(error: &Value) -> Option<String> {
    let code = error.get("code").and_then(Value::as_str);
    let message = error
        .get("message")
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty());
    match (code, message) {
        (Some(code), Some(message)) => Some(format!("{code}: {message}")),
        (code, message) => code.or(message).map(str::to_owned),
    }
}

/// The first string anywhere, at most `depth` levels down: old create calls answer `{"__all__":["…"]}`.
fn any_string(value: &Value, depth: usize) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Array(items) if depth > 0 => {
            items.iter().find_map(|item| any_string(item, depth - 1))
        }
        Value::Object(members) if depth > 0 => members
            .values()
            .find_map(|item| any_string(item, depth - 1)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(body: &str, expected: Option<&str>) {
        assert_eq!(said(body.as_bytes()).as_deref(), expected, "{body}");
    }

    #[test]
    fn every_shape_of_hub_api_5_gives_its_words() {
        check(
            r#"{"message":"httperror 404: object not found","errinfo":{"namespace":"a"}}"#,
            Some("httperror 404: object not found"),
        );
        check(
            r#"{"detail":"Rate limit exceeded","error":false}"#,
            Some("Rate limit exceeded"),
        );
        check(
            r#"{"fields":{"ordering":["Invalid"]},"text":"Invalid ordering value"}"#,
            Some("Invalid ordering value"),
        );
        check(
            r#"{"__all__":["already exists."]}"#,
            Some("already exists."),
        );
        check(
            r#"{"details":"incorrect username or password"}"#,
            Some("incorrect username or password"),
        );
        check("<html><body>502</body></html>", None);
        check("", None);
        check("\n Too Many Requests \nmore", Some("Too Many Requests"));
    }

    #[test]
    fn registry_errors_keep_their_code_whatever_the_detail_is_err_1() {
        check(
            r#"{"errors":[{"code":"DENIED","message":"no","detail":[{"a":1}]}]}"#,
            Some("DENIED: no"),
        );
        check(
            r#"{"errors":[{"code":"DENIED","detail":null}]}"#,
            Some("DENIED"),
        );
        check(r#"{"errors":[]}"#, None);
    }

    #[test]
    fn escape_sequences_do_not_reach_a_terminal_sec_7() {
        check("{\"message\":\"\\u001b[2Jgone\"}", Some("\\u{1b}[2Jgone"));
    }
}
