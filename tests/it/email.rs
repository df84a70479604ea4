//! E-mail as a sink, through a mail server that the test plays.

use std::collections::VecDeque;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::Value;

use crate::connectors::{Folder, Running, await_that};
use crate::program::{Program, text};
use crate::proxy::Proxy;

/// A mail server that takes what it is told to.
struct Mail {
    port: u16,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// What it answers to the next mails in the place of taking them.
    answers: VecDeque<&'static str>,
    /// Whom it does not know.
    unknown: Option<&'static str>,
    /// What was taken: the receivers, and the text with its head.
    taken: Vec<(Vec<String>, String)>,
    /// How often somebody tried to send a mail.
    tries: usize,
    /// Of how many mails who sent them has heard that they were taken.
    heard: usize,
}

impl Mail {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let state = Arc::<Mutex<State>>::default();
        let ours = Arc::clone(&state);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let state = Arc::clone(&ours);
                std::thread::spawn(move || serve(client, &state));
            }
        });
        Self { port, state }
    }

    fn answer(&self, answers: &[&'static str]) {
        self.state.lock().unwrap().answers.extend(answers);
    }

    /// The mails that were taken: the value of a header, and the text.
    fn taken(&self, header: &str) -> Vec<(String, String)> {
        let state = self.state.lock().unwrap();
        let taken = state.taken.iter().map(|(_, mail)| {
            let (head, body) = mail.split_once("\r\n\r\n").expect("a head");
            let head = head.replace("\r\n ", " ");
            let line = head.lines().find_map(|line| line.strip_prefix(header)?.strip_prefix(": "));
            // As quoted-printable has it, of what is in these texts.
            let body = body.replace("=\r\n", "").replace("=3D", "=");
            (line.expect(header).to_owned(), body.trim_end().to_owned())
        });
        taken.collect()
    }
}

/// Speaks with one client, who must say a password.
fn serve(client: TcpStream, state: &Mutex<State>) -> Option<()> {
    let mut out = client.try_clone().ok()?;
    let mut say = move |line: &str| out.write_all(format!("{line}\r\n").as_bytes()).ok();
    let mut lines = BufReader::new(client).lines();
    say("220 stub")?;
    let (mut is_in, mut took, mut to) = (false, 0, Vec::new());
    loop {
        let line = lines.next()?.ok()?;
        let word = line.split([' ', ':']).next()?.to_ascii_uppercase();
        match &*word {
            "EHLO" => say("250-stub\r\n250-8BITMIME\r\n250 AUTH PLAIN")?,
            "AUTH" => {
                // `\0user\0right` as base64.
                is_in = line == "AUTH PLAIN AHVzZXIAcmlnaHQ=";
                say(if is_in { "235 welcome" } else { "535 5.7.8 no such user or password" })?;
            }
            _ if !is_in => say("530 5.7.0 who are you?")?,
            "RCPT" => {
                let unknown = state.lock().unwrap().unknown;
                if unknown.is_some_and(|unknown| line.contains(unknown)) {
                    say("550 5.1.1 nobody of that name")?;
                } else {
                    to.push(line);
                    say("250 fine")?;
                }
            }
            "DATA" => {
                say("354 go on")?;
                let mut mail = String::new();
                loop {
                    let line = lines.next()?.ok()?;
                    if line == "." {
                        break;
                    }
                    mail += line.strip_prefix('.').unwrap_or(&line);
                    mail += "\r\n";
                }
                let mut state = state.lock().unwrap();
                state.tries += 1;
                match state.answers.pop_front() {
                    Some("gone") => return None,
                    Some(answer) => say(answer)?,
                    None => {
                        state.taken.push((std::mem::take(&mut to), mail));
                        took += 1;
                        say("250 taken")?;
                    }
                }
            }
            "QUIT" => {
                state.lock().unwrap().heard += took;
                return say("221 bye");
            }
            _ => say("250 fine")?,
        }
    }
}

const RULE: &str = r#"{"id": "r", "name": "big order", "version": 1, "severity": "warning", FUNCTION "pattern": {"name": "r", "nodes": [
  {"name": "it", "type": "ATOMIC", "condition": {"type": "EXPRESSION", "expression": "n >= 0"}}], "edges": []}}"#;

fn event(number: u32) -> String {
    format!("{{\"tx\":1,\"n\":{number},\"ts\":{number}}}\n")
}

fn folder(port: u16, more: &str, function: &str) -> Folder {
    let folder = Folder::new(&format!(
        "[sources.orders]\ntype='file'\npath='DIR/in'\nfollow=true\n[sinks.mail]\ntype='email'\nserver='127.0.0.1:{port}'\n\
         tls='none'\nuser='user'\npassword={{env='SMTP_PASSWORD'}}\nfrom='Tripline <t@example.com>'\n\
         to=['a@example.com', 'B <b@example.com>']\n[checkpoint]\ndir='DIR/kept'\ninterval='100ms'\n{more}"
    ));
    folder.write("one.json", &RULE.replace("FUNCTION", function));
    folder.write("in", "");
    folder
}

fn run(folder: &Folder) -> Program {
    folder.run().args(["--summary", "none"]).env("SMTP_PASSWORD", "right")
}

#[test]
fn a_result_is_mailed() {
    let mail = Mail::start();
    let proxy = Proxy::start(mail.port);
    let folder = folder(proxy.port, "", "");
    let running = Running(run(&folder).spawn());
    folder.append("in", &event(1));
    await_that("a mail", || mail.taken("Subject").len() == 1);
    let (subject, body) = mail.taken("Subject").remove(0);
    assert_eq!(subject, "[warning] big order: match");
    let output: Value = serde_json::from_str(&body).expect("the result");
    assert_eq!(output["events"]["it"][0]["n"], 1);
    let id = output["id"].as_str().expect("an id");
    let (message_id, _) = mail.taken("Message-ID").remove(0);
    assert!(message_id.starts_with('<') && message_id.ends_with("@tripline>"), "{message_id}");
    assert_eq!(
        message_id.matches(|sign: char| sign.is_alphanumeric()).count(),
        id.matches(|sign: char| sign.is_alphanumeric()).count() + "tripline".len()
    );
    let to = mail.state.lock().unwrap().taken[0].0.clone();
    assert_eq!(to, ["RCPT TO:<a@example.com>", "RCPT TO:<b@example.com>"]);
    // The server is busy, or gone in the middle: it is tried again.
    mail.answer(&["451 4.7.1 later", "gone"]);
    folder.append("in", &event(2));
    await_that("the second", || mail.taken("Subject").len() == 2);
    assert_eq!(mail.state.lock().unwrap().tries, 4);
    // Else it would come twice.
    await_that("an answer that was heard", || mail.state.lock().unwrap().heard == 2);
    proxy.cut();
    folder.append("in", &event(3));
    proxy.mend();
    await_that("the third", || mail.taken("Subject").len() == 3);
    // It does not take this one, and others it does.
    mail.answer(&["554 5.7.1 looks like spam"]);
    folder.append("in", &[event(4), event(5)].concat());
    await_that("the fifth", || mail.taken("Subject").len() == 4);
    let said = running.stop();
    assert!(said.contains("looks like spam") && said.contains("the sink `mail`"), "{said}");
    let numbers = mail.taken("Subject").into_iter().map(|(_, body)| {
        let output: Value = serde_json::from_str(&body).expect("the result");
        output["events"]["it"][0]["n"].as_u64().expect("a number")
    });
    assert_eq!(numbers.collect::<Vec<_>>(), [1, 2, 3, 5]);
    assert_eq!(mail.state.lock().unwrap().tries, 7, "what is refused is not tried again");
}

#[test]
fn the_text_of_an_action_is_the_mail() {
    let mail = Mail::start();
    let more = "[actions.told]\ntemplate='Order {{n}} is big\\nLook at it.'\n";
    let more = more.replace('\'', "\"");
    let folder = folder(mail.port, &more, "\"function\": \"told\",");
    let running = Running(run(&folder).spawn());
    folder.append("in", &event(7));
    await_that("a mail", || !mail.taken("Subject").is_empty());
    let expected = ("Order 7 is big".to_owned(), "Order 7 is big\r\nLook at it.".to_owned());
    assert_eq!(mail.taken("Subject"), [expected]);
    running.stop();
}

#[test]
fn what_is_wrong_with_a_mail_server_is_told() {
    let mail = Mail::start();
    let check = |folder: &Folder, password: &str| {
        let check = Program::new("config").args(["check".into(), folder.path("tripline.toml")]);
        check.arg("--connect").env("SMTP_PASSWORD", password).run()
    };
    let right = folder(mail.port, "", "");
    let done = check(&right, "right");
    assert_eq!(done.code, 0, "{}", text(&done.stdout));
    let replaced = |from: &str, to: &str| {
        let folder = folder(mail.port, "", "");
        let config = fs::read_to_string(folder.path("tripline.toml")).expect("the file");
        assert!(config.contains(from), "{config}");
        folder.write("tripline.toml", &config.replace(from, to));
        folder
    };
    for (from, to, words) in [
        ("'a@example.com'", "'nobody'", "`nobody` is no address"),
        ("server='127.0.0.1", "server='mail.example.com", "could be read on its way"),
        ("user='user'\n", "", "`user` and `password` go together"),
        ("{env='SMTP_PASSWORD'}", "'right'", "sinks.mail.password"),
    ] {
        let done = check(&replaced(from, to), "right");
        let said = text(&done.stdout);
        assert!(done.code == 3 && said.contains(words), "{words}: {} {said}", done.code);
    }
    let port = format!(":{}'", mail.port);
    mail.state.lock().unwrap().unknown = Some("b@");
    for (from, to, password, words) in [
        ("tls='none'", "tls='none'", "wrong", "does not accept the user or the password"),
        ("tls='none'", "tls='none'", "right", "nobody of that name"),
        ("tls='none'", "tls='starttls'", "right", "STARTTLS is not supported"),
        (&*port, ":1'", "right", "no answer from 127.0.0.1:1"),
    ] {
        let done = check(&replaced(from, to), password);
        let said = text(&done.stdout);
        assert!(done.code == 1 && said.contains(words), "{words}: {} {said}", done.code);
    }
    let done = run(&right).env("SMTP_PASSWORD", "wrong").run();
    let said = text(&done.stderr);
    assert!(done.code == 1 && said.contains("does not accept the user"), "{said}");
}
