//! A proxy that loses answers, or requests, of some writes.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// What becomes of the writes that go through, each with one bit from the lowest on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Losses {
    /// Whether the answer is lost.
    pub(super) lost: u32,
    /// Whether one whose answer is lost has its effect.
    pub(super) happens: u32,
}

/// Starts a proxy before a port of this machine, and returns its own. It ends with this process.
pub(super) fn before(port: u16, losses: Losses) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let own = listener.local_addr().unwrap().port();
    let writes = Arc::new(AtomicU32::new(0));
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let writes = Arc::clone(&writes);
            let served = move |stream| serve(stream, port, losses, &writes);
            // One that breaks off is what a proxy that loses answers is for.
            std::thread::spawn(move || drop(stream.and_then(served)));
        }
    });
    own
}

/// Passes one request on, and its answer back.
fn serve(
    mut client: TcpStream,
    port: u16,
    losses: Losses,
    writes: &AtomicU32,
) -> std::io::Result<()> {
    let Some(request) = request(&mut client)? else {
        return Ok(());
    };
    let (mut lost, mut happens) = (false, true);
    if request.starts_with(b"PUT ") {
        let bit = 1 << (writes.fetch_add(1, Ordering::SeqCst) % 32);
        lost = losses.lost & bit != 0;
        happens = !lost || losses.happens & bit != 0;
    }
    if happens {
        let mut server = TcpStream::connect(("127.0.0.1", port))?;
        server.write_all(&request)?;
        let mut answer = Vec::new();
        server.read_to_end(&mut answer)?;
        if !lost {
            client.write_all(&answer)?;
        }
    }
    client.shutdown(Shutdown::Both)
}

/// Reads a request, whole, and has its answer end with the connection.
fn request(client: &mut TcpStream) -> std::io::Result<Option<Vec<u8>>> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        if client.read(&mut byte)? == 0 {
            return Ok(None);
        }
        head.push(byte[0]);
    }
    let text = String::from_utf8(head).unwrap();
    let length = text.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        let is = name.eq_ignore_ascii_case("content-length");
        is.then(|| value.trim().parse::<usize>().unwrap())
    });
    let mut body = vec![0; length.unwrap_or(0)];
    client.read_exact(&mut body)?;
    let text = text.replacen("\r\n", "\r\nConnection: close\r\n", 1);
    Ok(Some([text.into_bytes(), body].concat()))
}
