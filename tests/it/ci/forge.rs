//! A GitHub that knows pull requests of a commit, their comments, and issues: just what the action's
//! script asks, and a note of what it was told.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

/// What was asked: method, path with its query, and body.
pub(super) type Asked = (String, String, Value);

/// A server that ends with the process.
pub(super) struct Forge {
    pub(super) url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Forge {
    /// Answers each path with its list, a page of a hundred at a time.
    pub(super) fn start(lists: Vec<(&'static str, Value)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let notes = Arc::clone(&asked);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                answer(&stream, &lists, &notes);
            }
        });
        Self { url, asked }
    }

    /// All that was asked so far.
    pub(super) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

fn answer(stream: &TcpStream, lists: &[(&str, Value)], notes: &Mutex<Vec<Asked>>) {
    let mut reader = BufReader::new(stream);
    let mut first = String::new();
    reader.read_line(&mut first).unwrap();
    let (mut length, mut allowed) = (0, false);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let line = line.trim().to_lowercase();
        if let Some(bytes) = line.strip_prefix("content-length: ") {
            length = bytes.parse().unwrap();
        }
        allowed |= line == "authorization: bearer token-1";
        if line.is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let mut words = first.split(' ');
    let (method, target) = (words.next().unwrap(), words.next().unwrap());
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let list = lists.iter().find(|(name, _)| *name == path);
    let (status, text) = match (allowed, method, list) {
        (false, _, _) => ("401 Unauthorized", json!({"message": "Bad credentials"})),
        (true, "GET", Some((_, list))) => ("200 OK", page(list, query)),
        (true, "POST" | "PATCH", _) => ("200 OK", json!({})),
        _ => ("404 Not Found", json!({"message": "Not Found"})),
    };
    let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
    let mut notes = notes.lock().unwrap();
    notes.push((method.to_owned(), target.to_owned(), body));
    drop(notes);
    let text = text.to_string();
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        text.len()
    );
    let mut stream = stream;
    stream
        .write_all(format!("{head}{text}").as_bytes())
        .unwrap();
}

fn page(list: &Value, query: &str) -> Value {
    let number = query.split('&').find_map(|part| part.strip_prefix("page="));
    let number: usize = number.unwrap().parse().unwrap();
    let items = list.as_array().unwrap().iter();
    items.skip((number - 1) * 100).take(100).cloned().collect()
}
