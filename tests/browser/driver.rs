//! A headless browser, driven over the W3C WebDriver protocol. It ends with this value.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::{Value, json};
use tempfile::TempDir;

/// Longest wait for one answer of the browser.
const PATIENCE: Duration = Duration::from_secs(120);

/// Keys, as WebDriver writes them.
pub const RIGHT: &str = "\u{e014}";
pub const DOWN: &str = "\u{e015}";
pub const TAB: &str = "\u{e004}";
pub const ENTER: &str = "\u{e007}";
pub const END: &str = "\u{e010}";

/// One browser with one window.
pub struct Browser {
    driver: Child,
    port: u16,
    session: String,
    _home: TempDir,
}

impl Browser {
    /// Starts chromedriver and through it Chromium, both with a home of their own.
    pub fn start() -> Self {
        let home = tempfile::tempdir().unwrap();
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("HOME", home.path())
            .env("TMPDIR", home.path())
            .env("XDG_CONFIG_HOME", home.path())
            .env("XDG_CACHE_HOME", home.path())
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| {
                panic!("cannot run chromedriver: {error}. Install Chromium and its driver (Debian: chromium, chromium-driver)")
            });
        let lines = BufReader::new(driver.stdout.take().unwrap()).lines();
        let port = lines.map_while(Result::ok).find_map(|line| {
            let port = line.split("successfully on port ").nth(1)?;
            port.trim_end_matches('.').parse().ok()
        });
        let mut browser = Self {
            driver,
            port: port.expect("chromedriver says its port"),
            session: String::new(),
            _home: home,
        };
        let arguments = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--window-size=1280,900",
        ];
        let options = json!({"args": arguments});
        let wanted = json!({"browserName": "chrome", "goog:chromeOptions": options});
        let session = browser.post("", json!({"capabilities": {"alwaysMatch": wanted}}));
        browser.session = format!("/{}", session["sessionId"].as_str().unwrap());
        browser
    }

    /// Opens an address; one that differs after `#` only does not load the page again.
    pub fn open(&self, url: &str) {
        self.post("/url", json!({"url": url}));
    }

    /// Runs the body of a function in the page and gives what it returns.
    pub fn run(&self, script: &str) -> Value {
        self.post("/execute/sync", json!({"script": script, "args": []}))
    }

    /// The text of the element that a selector finds.
    pub fn text(&self, selector: &str) -> String {
        let script = format!("return document.querySelector({selector:?}).textContent");
        self.run(&script).as_str().unwrap().to_owned()
    }

    /// Types into an element.
    pub fn press(&self, selector: &str, keys: &str) {
        let element = self.post(
            "/element",
            json!({"using": "css selector", "value": selector}),
        );
        let id = element.as_object().unwrap().values().next().unwrap();
        let id = id.as_str().unwrap();
        self.post(&format!("/element/{id}/value"), json!({"text": keys}));
    }

    /// A command of the browser's own debugging protocol.
    pub fn devtools(&self, command: &str, parameters: Value) -> Value {
        self.post(
            "/goog/cdp/execute",
            json!({"cmd": command, "params": parameters}),
        )
    }

    /// The page as it would be printed.
    pub fn pdf(&self) -> Vec<u8> {
        let pdf = self.post("/print", json!({}));
        STANDARD.decode(pdf.as_str().unwrap()).unwrap()
    }

    fn post(&self, path: &str, body: Value) -> Value {
        let path = format!("/session{}{path}", self.session);
        let answer = self.request("POST", &path, &body.to_string());
        let answer =
            answer.unwrap_or_else(|error| panic!("{path}: no answer of the browser: {error}"));
        let value = answer["value"].clone();
        assert!(
            value.get("error").is_none_or(Value::is_null),
            "{path}: {value:#}"
        );
        value
    }

    fn request(&self, method: &str, path: &str, body: &str) -> io::Result<Value> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let length = body.len();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
        )?;
        // chromedriver keeps the connection, so the length says where the answer ends.
        let mut stream = BufReader::new(stream);
        let mut length = 0;
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let (name, value) = line.split_once(':').unwrap_or((line.trim(), ""));
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse().unwrap_or_default();
            }
            if name.is_empty() {
                break;
            }
        }
        let mut answer = vec![0; length];
        stream.read_exact(&mut answer)?;
        Ok(serde_json::from_slice(&answer)?)
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Chromium goes with its session, the driver with its process group.
        let _ = self.request("DELETE", &format!("/session{}", self.session), "");
        if let Some(group) = Pid::from_raw(self.driver.id().cast_signed()) {
            let _ = kill_process_group(group, Signal::KILL);
        }
        let _ = self.driver.wait();
    }
}
