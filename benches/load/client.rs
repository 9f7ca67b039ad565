//! Calls over kept connections, one thread for each: the next call goes out when the answer to the last is here.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Barrier;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// How long an answer may take before the bench gives up.
const PATIENCE: Duration = Duration::from_secs(30);

/// A request as it goes over the wire.
pub struct Request {
    bytes: Vec<u8>,
    /// Where the id of the call stands, which each call has of its own.
    instance: usize,
}

/// What came of calling one server for a while.
pub struct Slice {
    /// How long each answer took.
    pub latencies: Vec<Duration>,
    /// From the first call to the last answer.
    pub took: Duration,
}

/// Where a call's id begins.
const INSTANCE: &str = "\"hookInstance\":\"";
/// The calls so far, from which each takes its id.
static CALLS: AtomicU32 = AtomicU32::new(0);

impl Request {
    /// The request to a path with this body.
    pub fn new(path: &str, body: &str) -> Result<Request, String> {
        let length = body.len();
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
        );
        let at = body.find(INSTANCE).ok_or("the body has no hookInstance")?;
        let instance = head.len() + at + INSTANCE.len();
        Ok(Request { bytes: [head.as_bytes(), body.as_bytes()].concat(), instance })
    }

    /// The answer to one call.
    pub fn answer(&self, address: SocketAddr) -> Result<String, String> {
        let answer = Connection::open(address).and_then(|mut connection| connection.send(&self.bytes));
        let answer = answer.map_err(|error| error.to_string())?;
        Ok(String::from_utf8_lossy(&answer).into_owned())
    }

    /// The same request as another call: of the UUID its first eight digits are replaced.
    fn numbered(&mut self, number: u32) {
        let digits = format!("{number:08x}");
        let place = self.bytes.iter_mut().skip(self.instance);
        place.zip(digits.bytes()).for_each(|(byte, digit)| *byte = digit);
    }
}

/// Reads a page and gives what came back.
pub fn get(address: SocketAddr, path: &str) -> std::io::Result<Vec<u8>> {
    Connection::open(address)?.send(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").as_bytes())
}

/// Calls a server over this many connections at the same time, for this long.
pub fn call(address: SocketAddr, request: &Request, connections: usize, time: Duration) -> Result<Slice, String> {
    let start = Barrier::new(connections);
    let one = || -> std::io::Result<(Vec<Duration>, Instant)> {
        let connection = Connection::open(address);
        let mut request = Request { bytes: request.bytes.clone(), instance: request.instance };
        start.wait();
        let mut connection = connection?;
        let begun = Instant::now();
        let mut latencies = Vec::new();
        while begun.elapsed() < time {
            request.numbered(CALLS.fetch_add(1, Ordering::Relaxed));
            let sent = Instant::now();
            connection.send(&request.bytes)?;
            latencies.push(sent.elapsed());
        }
        Ok((latencies, begun))
    };
    let all = thread::scope(|scope| {
        let threads: Vec<_> = (0..connections).map(|_| scope.spawn(one)).collect();
        threads.into_iter().map(|thread| thread.join()).collect::<Vec<_>>()
    });
    let ended = Instant::now();
    let mut slice = Slice { latencies: Vec::new(), took: Duration::ZERO };
    for of_one in all {
        let (latencies, begun) = of_one.map_err(|_| "a client ended early")?.map_err(|error| error.to_string())?;
        slice.latencies.extend(latencies);
        slice.took = slice.took.max(ended - begun);
    }
    Ok(slice)
}

/// A connection that is kept.
struct Connection(BufReader<TcpStream>);

impl Connection {
    fn open(address: SocketAddr) -> std::io::Result<Connection> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Connection(BufReader::new(stream)))
    }

    /// Sends a request and gives the body of its answer, which must be good.
    fn send(&mut self, request: &[u8]) -> std::io::Result<Vec<u8>> {
        self.0.get_mut().write_all(request)?;
        let mut line = String::new();
        self.0.read_line(&mut line)?;
        let is_good = line.split(' ').nth(1) == Some("200");
        let mut length = 0;
        let status = line.trim().to_owned();
        while line.trim() != "" {
            line.clear();
            self.0.read_line(&mut line)?;
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().unwrap_or(0);
            }
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body)?;
        if is_good {
            Ok(body)
        } else {
            Err(std::io::Error::other(format!("{status}: {}", String::from_utf8_lossy(&body))))
        }
    }
}
