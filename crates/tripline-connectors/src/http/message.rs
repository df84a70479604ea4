//! What is posted, how it is signed, and what an answer means.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::Value;
use sha2::Sha256;

use super::config::HttpFormat;
use super::template::{Form, Given, Template, quoted};

/// A request to be made.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Request {
    /// What is added to the address.
    pub(super) query: String,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) content_type: &'static str,
    pub(super) body: String,
}

const JSON: &str = "application/json; charset=utf-8";
const TEXT: &str = "text/plain; charset=utf-8";

/// What a message says if nobody says it otherwise.
const WORDS: &str = "{{rule.name}} ({{severity}}): {{kind}} {{key}}";

/// What is posted of a result.
#[derive(Debug)]
pub(super) enum Message {
    /// What the action of the rule gives out, the whole result unless it has a template; or what a template of the sink
    /// makes of it.
    Json(Option<Template>),
    /// Words to people: of the sink's template, else of the action's.
    Words(HttpFormat, Option<Template>),
}

impl Message {
    /// The request for a result at a time of day in ms, signed if there is a secret.
    pub(super) fn request(&self, given: Given<'_>, secret: Option<&str>, now_ms: i64) -> Request {
        let (format, text) = match self {
            Self::Json(template) => {
                let body = match (template, given.message) {
                    (Some(template), _) => template.fill(given, Form::Json),
                    (None, Some(message)) => message.to_owned(),
                    (None, None) => given.output.get().to_owned(),
                };
                let headers =
                    secret.map_or_else(Vec::new, |secret| signature(secret, &body, now_ms));
                // As actions have it: a template that begins like this is JSON.
                let content_type = if body.starts_with(['{', '[']) { JSON } else { TEXT };
                return Request { query: String::new(), headers, content_type, body };
            }
            Self::Words(format, template) => {
                let words = match (template, given.message) {
                    (Some(template), _) => template.fill(given, Form::Words),
                    (None, Some(message)) => message.to_owned(),
                    (None, None) => default_words(given),
                };
                (*format, quoted(&words))
            }
        };
        let mut query = String::new();
        let body = match format {
            HttpFormat::Dingtalk => {
                if let Some(secret) = secret {
                    let sign = hmac_of(secret.as_bytes(), &format!("{now_ms}\n{secret}"));
                    query = format!("timestamp={now_ms}&sign={}", escaped(&STANDARD.encode(sign)));
                }
                format!("{{\"msgtype\":\"text\",\"text\":{{\"content\":{text}}}}}")
            }
            HttpFormat::Feishu => {
                let signed = secret.map_or_else(String::new, |secret| {
                    let now_s = now_ms.div_euclid(1000);
                    // The words are the key, and nothing is signed with it: so Feishu has it.
                    let sign =
                        STANDARD.encode(hmac_of(format!("{now_s}\n{secret}").as_bytes(), ""));
                    format!("\"timestamp\":\"{now_s}\",\"sign\":\"{sign}\",")
                });
                format!("{{{signed}\"msg_type\":\"text\",\"content\":{{\"text\":{text}}}}}")
            }
            HttpFormat::Wecom => {
                format!("{{\"msgtype\":\"text\",\"text\":{{\"content\":{text}}}}}")
            }
            HttpFormat::Slack | HttpFormat::Json => format!("{{\"text\":{text}}}"),
        };
        Request { query, headers: Vec::new(), content_type: JSON, body }
    }
}

fn default_words(given: Given<'_>) -> String {
    Template::new(WORDS).map_or_else(|_| String::new(), |words| words.fill(given, Form::Words))
}

/// The headers that prove who has posted a body, and when.
fn signature(secret: &str, body: &str, now_ms: i64) -> Vec<(&'static str, String)> {
    let now_s = now_ms.div_euclid(1000).to_string();
    let sum = hmac_of(secret.as_bytes(), &format!("{now_s}.{body}"));
    let hex: String = sum.iter().map(|byte| format!("{byte:02x}")).collect();
    vec![("X-Tripline-Timestamp", now_s), ("X-Tripline-Signature", format!("sha256={hex}"))]
}

fn hmac_of(key: &[u8], text: &str) -> Vec<u8> {
    // A key of any length will do.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return Vec::new() };
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

/// As it stands in a query.
fn escaped(base64: &str) -> String {
    base64.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D")
}

/// What an answer means.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// It is there.
    Taken,
    /// It may be taken later.
    Later(String),
    /// This result will never be taken.
    Refused(String),
    /// No result will be taken as things are: the address or the secret is wrong.
    Unusable(String),
}

/// What robots say, each in a way of its own: a number, 0 if all is well, and words.
fn said(body: &str) -> Option<(i64, String)> {
    let said: Value = serde_json::from_str(body).ok()?;
    let first = |names: [&str; 3]| names.iter().find_map(|name| said.get(name));
    let number = first(["errcode", "code", "StatusCode"])?.as_i64()?;
    let words = first(["errmsg", "msg", "StatusMessage"]).and_then(Value::as_str);
    Some((number, words.unwrap_or_default().chars().take(200).collect()))
}

/// Errors that pass: too many messages, or the other side is busy.
const BUSY: [i64; 7] = [-1, 45009, 130_101, 410_100, 9499, 11232, 19036];

/// Errors that are about the address or the secret of a robot, and not about the message.
const UNUSABLE: [i64; 6] = [300_001, 300_005, 93_000, 19_001, 19_021, 19_022];

/// What an answer with this status and body means.
pub(super) fn answer(format: HttpFormat, status: u16, body: &str) -> Answer {
    let shown: String = body.chars().take(200).collect();
    match status {
        200..=299 => {}
        408 | 425 | 429 | 500..=599 => {
            return Answer::Later(format!("it answers {status}: {shown}"));
        }
        300..=399 | 401 | 403 | 404 | 405 | 407 | 410 => {
            return Answer::Unusable(format!("it answers {status}: {shown}"));
        }
        _ => return Answer::Refused(format!("it answers {status}: {shown}")),
    }
    if matches!(format, HttpFormat::Json | HttpFormat::Slack) {
        return Answer::Taken;
    }
    match said(body) {
        Some((0, _)) => Answer::Taken,
        Some((number, words)) if BUSY.contains(&number) => {
            Answer::Later(format!("it says {number}: {words}"))
        }
        Some((number, words)) if UNUSABLE.contains(&number) => {
            Answer::Unusable(format!("it says {number}: {words}"))
        }
        Some((number, words)) => Answer::Refused(format!("it says {number}: {words}")),
        None => Answer::Unusable(format!("it does not answer as a robot does: {shown}")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::*;

    fn request(message: &Message, secret: Option<&str>) -> Request {
        let result: Box<RawValue> =
            serde_json::from_str(r#"{"rule":{"name":"大\"额"},"start":1}"#).unwrap();
        message.request(Given { output: &result, message: None }, secret, 1_599_360_473_500)
    }

    fn words(format: HttpFormat) -> Message {
        Message::Words(format, Some(Template::new("{{rule.name}}").unwrap()))
    }

    #[test]
    fn messengers_get_what_they_take() {
        for (format, secret, query, body) in [
            (HttpFormat::Slack, None, "", r#"{"text":"大\"额"}"#),
            (HttpFormat::Wecom, None, "", r#"{"msgtype":"text","text":{"content":"大\"额"}}"#),
            (HttpFormat::Dingtalk, None, "", r#"{"msgtype":"text","text":{"content":"大\"额"}}"#),
            (HttpFormat::Feishu, None, "", r#"{"msg_type":"text","content":{"text":"大\"额"}}"#),
            // By openssl dgst -sha256 -hmac.
            (
                HttpFormat::Dingtalk,
                Some("this is secret"),
                "timestamp=1599360473500&sign=g0Iaod2lXeXOZj165VI7WlGRsUpz9WetCshnBZG%2BSyU%3D",
                r#"{"msgtype":"text","text":{"content":"大\"额"}}"#,
            ),
            (
                HttpFormat::Feishu,
                Some("demo"),
                "",
                r#"{"timestamp":"1599360473","sign":"l1N0gAcBjdwBvGm1xMjOF0XSyaLRpR7tuO5dHfhAYc8=","msg_type":"text","content":{"text":"大\"额"}}"#,
            ),
        ] {
            let made = request(&words(format), secret);
            assert_eq!((made.query.as_str(), made.body.as_str()), (query, body));
        }
    }

    #[test]
    fn a_webhook_gets_the_result_signed() {
        let made = request(&Message::Json(None), Some("key"));
        assert_eq!(made.body, r#"{"rule":{"name":"大\"额"},"start":1}"#);
        let signed = "sha256=7490e2b2836602b7fa8bf3810c3691edf773fff742a67f9205eeea3c39772d78";
        let expected = [("X-Tripline-Timestamp", "1599360473"), ("X-Tripline-Signature", signed)];
        assert_eq!(made.headers, expected.map(|(name, value)| (name, value.to_owned())));
        let template = Template::new(r#"{"at":{{start}},"rule":"{{rule.name}}"}"#).unwrap();
        let made = request(&Message::Json(Some(template)), None);
        assert_eq!(made.body, r#"{"at":1,"rule":"大\"额"}"#);
    }

    #[test]
    fn what_the_action_of_a_rule_says_goes_out() {
        let output: Box<RawValue> = serde_json::from_str(r#"{"kind":"match"}"#).unwrap();
        let made = |message: &Message, text| {
            let given = Given { output: &output, message: Some(text) };
            let made = message.request(given, None, 0);
            (made.content_type, made.body)
        };
        let json = |template: Option<&str>| {
            Message::Json(template.map(|template| Template::new(template).unwrap()))
        };
        assert_eq!(made(&json(None), "a \"b\""), (TEXT, "a \"b\"".to_owned()));
        assert_eq!(made(&json(None), "{\"a\":1}"), (JSON, "{\"a\":1}".to_owned()));
        let with_both = json(Some(r#"{"k":"{{kind}}","m":"{{message}}"}"#));
        assert_eq!(made(&with_both, "a \"b\"").1, r#"{"k":"match","m":"a \"b\""}"#);
        let slack = Message::Words(HttpFormat::Slack, None);
        assert_eq!(made(&slack, "a \"b\"").1, r#"{"text":"a \"b\""}"#);
    }

    #[test]
    fn an_answer_is_understood() {
        let kind = |format, status, body| match answer(format, status, body) {
            Answer::Taken => "taken",
            Answer::Later(_) => "later",
            Answer::Refused(_) => "refused",
            Answer::Unusable(_) => "unusable",
        };
        use HttpFormat::{Dingtalk, Feishu, Json, Slack, Wecom};
        for (format, status, body, expected) in [
            (Json, 204, "", "taken"),
            (Json, 302, "", "unusable"),
            (Json, 401, "", "unusable"),
            (Json, 413, "", "refused"),
            (Json, 422, "", "refused"),
            (Json, 400, "", "refused"),
            (Json, 429, "", "later"),
            (Json, 503, "", "later"),
            (Slack, 200, "ok", "taken"),
            (Dingtalk, 200, r#"{"errcode":0,"errmsg":"ok"}"#, "taken"),
            (Dingtalk, 200, r#"{"errcode":130101,"errmsg":"send too fast"}"#, "later"),
            (Dingtalk, 200, r#"{"errcode":310000,"errmsg":"sign not match"}"#, "refused"),
            (Wecom, 200, r#"{"errcode":45009,"errmsg":"api freq out of limit"}"#, "later"),
            (Feishu, 200, r#"{"code":0,"msg":"success","data":{}}"#, "taken"),
            (
                Feishu,
                200,
                r#"{"StatusCode":0,"StatusMessage":"success","code":0,"msg":""}"#,
                "taken",
            ),
            (Feishu, 200, r#"{"code":19021,"msg":"sign match fail"}"#, "unusable"),
            (Feishu, 200, "<html>", "unusable"),
        ] {
            assert_eq!(kind(format, status, body), expected, "{status} {body}");
        }
    }
}
