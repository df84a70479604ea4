//! The brokers of `scripts/services`: that each starts, answers, and comes back on its port after it was killed.
//!
//! They are asked in their own words, so that nothing of ours can be at fault.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use crate::services::Server;

/// Sends `question` to a port of the server, and gives the first `N` bytes of the answer.
fn ask<const N: usize>(port: u16, question: &[u8]) -> [u8; N] {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("a connection");
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
    stream.write_all(question).expect("asked");
    let mut answer = [0; N];
    stream.read_exact(&mut answer).expect("an answer");
    answer
}

fn kafka_answers(server: &Server) {
    // Its length, ApiVersions (18) of version 0, the correlation 7, no name of a client.
    let question = [0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 7, 0xFF, 0xFF];
    let answer: [u8; 10] = ask(server.port, &question);
    assert_eq!(answer[4..], [0, 0, 0, 7, 0, 0], "the correlation, and no error");
}

fn rabbitmq_answers(server: &Server) {
    let answer: [u8; 11] = ask(server.port, b"AMQP\0\0\x09\x01");
    assert_eq!((answer[0], &answer[7..]), (1, &[0, 10, 0, 10][..]), "the method Connection.Start");
}

#[test]
fn kafka_starts_and_comes_back() {
    let server = Server::start_own("kafka");
    kafka_answers(&server);
    server.kill();
    assert!(TcpStream::connect(("127.0.0.1", server.port)).is_err(), "it is gone");
    server.restart();
    kafka_answers(&server);
}

#[test]
fn rabbitmq_starts_and_comes_back() {
    let server = Server::start_own("rabbitmq");
    rabbitmq_answers(&server);
    server.kill();
    assert!(TcpStream::connect(("127.0.0.1", server.port)).is_err(), "it is gone");
    server.restart();
    rabbitmq_answers(&server);
}
