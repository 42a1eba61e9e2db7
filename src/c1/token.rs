//! Access tokens: one request to the token endpoint, one cached token, one refresh at a time.

use std::sync::Arc;
use std::time::Duration;

use http::header::{CONTENT_TYPE, DATE, HeaderName, LOCATION, RETRY_AFTER};
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use reqwest::{Client, Response, StatusCode};
use rustls::{ClientConfig, RootCertStore};
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::{Mutex, watch};
use tokio::task::JoinError;
use tokio::time::Instant;
use tonic::metadata::{Ascii, MetadataValue};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::credentials::VALIDITY;
use super::error::{Error, plain};
use super::way::{CONNECT_LIMIT, Way};
use super::{Fault, Settings};
use crate::secret::Secret;

/// A token is not used in the last seconds of its life (`src/c1/protocol.md`, Access token).
const MARGIN: Duration = Duration::from_secs(10);

/// Longest wait for an answer, whatever `--http-timeout-seconds` says.
const LIMIT: Duration = Duration::from_secs(60);
/// What messages call the request.
pub(super) const CALL: &str = "the token request";
/// Longest answer of the token endpoint that is read, in bytes.
const ANSWER_LIMIT: usize = 64 * 1024;

/// A token as it goes into the `authorization` header.
#[derive(Clone)]
pub(super) struct Token {
    /// The header's value; marked sensitive, so that no library prints it.
    pub(super) header: MetadataValue<Ascii>,
    received: Instant,
    life: Duration,
}

/// Fetches tokens for one client id and keeps the last one.
pub(super) struct Tokens {
    http: Client,
    way: Way,
    settings: Arc<Settings>,
    /// The last token.
    cached: watch::Sender<Option<Token>>,
    /// Held while one is fetched: who waits for that keeps nobody from a token that is there.
    fetching: Arc<Mutex<()>>,
}

impl Tokens {
    pub(super) fn new(
        way: Way,
        trusted: RootCertStore,
        settings: Arc<Settings>,
    ) -> Result<Self, Error> {
        let failed = |error: reqwest::Error| Error::Roots(error.to_string());
        let tls = ClientConfig::builder().with_root_certificates(trusted);
        let mut tls = tls.with_no_client_auth();
        tls.alpn_protocols = ["h2", "http/1.1"].map(Into::into).to_vec();
        let mut builder = Client::builder()
            .user_agent(concat!(
                "baton-c1-credential-provider baton-1password/",
                env!("CARGO_PKG_VERSION")
            ))
            .https_only(true)
            .tls_backend_preconfigured(tls)
            .connect_timeout(CONNECT_LIMIT)
            .timeout(settings.http_timeout.min(LIMIT))
            .pool_idle_timeout(Duration::from_secs(30))
            // The signed assertion is for this host and for nobody whom it names.
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy();
        if let Some(proxy) = &way.proxy {
            let mut target = reqwest::Proxy::https(proxy.uri().to_string()).map_err(failed)?;
            if let Some(credentials) = proxy.basic_auth() {
                target = target.custom_http_auth(credentials.clone());
            }
            builder = builder.proxy(target);
        }
        Ok(Self {
            http: builder.build().map_err(failed)?,
            way,
            settings,
            cached: watch::Sender::default(),
            fetching: Arc::default(),
        })
    }

    /// The cached token, or a new one when it is missing or about to run out. A fetch that has
    /// begun goes on when its caller does not wait for it any more: the next one finds its token.
    pub(super) async fn get(self: &Arc<Self>) -> Result<Token, Error> {
        if let Some(token) = self.fresh() {
            return Ok(token);
        }
        let alone = Arc::clone(&self.fetching).lock_owned().await;
        if let Some(token) = self.fresh() {
            return Ok(token);
        }
        let tokens = Arc::clone(self);
        let fetching = tokio::spawn(async move {
            let _alone = alone;
            let token = tokens.fetch().await?;
            tokens.cached.send_replace(Some(token.clone()));
            Ok(token)
        });
        let lost = |error: JoinError| self.dropped(Fault::Broken(error.to_string()));
        fetching.await.map_err(lost)?
    }

    fn fresh(&self) -> Option<Token> {
        let token = self.cached.borrow().clone();
        token.filter(|token| token.received.elapsed() < token.life)
    }

    /// C1 has refused this token: no other call gets it.
    pub(super) fn forget(&self, token: &Token) {
        let is_it = |cached: &mut Token| cached.received == token.received;
        let forget = |cached: &mut Option<Token>| cached.take_if(is_it).is_some();
        self.cached.send_if_modified(forget);
    }

    async fn fetch(&self) -> Result<Token, Error> {
        let now = Timestamp::now().as_second();
        let id = &self.settings.client_id;
        let assertion = self.settings.client_secret.assertion(id, now);
        let assertion = assertion.ok_or(Error::Random)?;
        // Alphabetical, and nothing else (`src/c1/protocol.md`, Access token).
        let form = [
            ("client_assertion", assertion.expose()),
            (
                "client_assertion_type",
                "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            ),
            ("client_id", &id.text),
            ("grant_type", "client_credentials"),
        ];
        // An address encodes its query as forms are.
        let form = reqwest::Url::parse_with_params("form:", form).ok();
        let form = form.as_ref().and_then(|url| url.query());
        let kind = "application/x-www-form-urlencoded";
        let request = self.http.post(self.way.address.token());
        let request = request
            .header(CONTENT_TYPE, kind)
            .body(form.unwrap_or_default().to_owned());
        let mut response = request.send().await.map_err(|error| self.network(error))?;
        let received = Instant::now();
        let body = self.body(&mut response).await?;
        if response.status() != StatusCode::OK {
            let reason = explained(&response, &body, Timestamp::now());
            let after = header(&response, RETRY_AFTER).and_then(|after| after.trim().parse().ok());
            let after = after.map(Duration::from_secs);
            return Err(self.refused(response.status().as_u16(), &reason, after));
        }
        let unusable = |why| self.refused(200, why, None);
        let answer: Answer = serde_json::from_slice(&body)
            .map_err(|_| unusable("its answer is not a token in JSON; is this host C1?"))?;
        let header = answer.header();
        let header = header.ok_or_else(|| unusable("its answer holds no usable token"))?;
        let life = Duration::from_secs(answer.expires_in.max(0).unsigned_abs());
        Ok(Token {
            header,
            received,
            life: life.saturating_sub(MARGIN),
        })
    }

    async fn body(&self, response: &mut Response) -> Result<Zeroizing<Vec<u8>>, Error> {
        let mut body = Zeroizing::new(Vec::new());
        let lost = |error| self.network(error);
        while let Some(chunk) = response.chunk().await.map_err(lost)? {
            if body.len() + chunk.len() > ANSWER_LIMIT {
                let reason = "its answer is too long for a token; is this host C1?";
                return Err(self.refused(response.status().as_u16(), reason, None));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    fn refused(&self, status: u16, reason: &str, retry_after: Option<Duration>) -> Error {
        let address = self.way.address.clone();
        Error::Token(address, status, reason.to_owned(), retry_after)
    }

    fn network(&self, error: reqwest::Error) -> Error {
        let fault = if error.is_timeout() {
            Fault::TimedOut
        } else {
            Fault::find(&error)
        };
        match error.is_connect() {
            true => self.way.blocked(fault),
            false => self.dropped(fault),
        }
    }

    fn dropped(&self, fault: Fault) -> Error {
        Error::Dropped(self.way.address.clone(), CALL, fault)
    }
}

fn header(response: &Response, name: HeaderName) -> Option<&str> {
    response.headers().get(name)?.to_str().ok()
}

/// Why there is no token: the status, the server's own words, and what to do.
fn explained(response: &Response, body: &[u8], now: Timestamp) -> String {
    let is_json = header(response, CONTENT_TYPE).is_some_and(|kind| kind.contains("json"));
    let answer = is_json.then(|| serde_json::from_slice::<Value>(body).ok());
    let answer = answer.flatten().unwrap_or_default();
    let words = answer["error_description"].as_str();
    let words = words.or(answer["error"].as_str());
    let words = words.map_or(String::new(), |words| format!(" ({})", plain(words)));
    let status = response.status();
    let step = match status.as_u16() {
        400 | 401 | 403 => wrong_clock(response, now).unwrap_or_else(|| {
            "; check --client-id and --client-secret, or make a new pair in C1".to_owned()
        }),
        404 => "; check the host in the client id or in BATON_C1_API_HOST".to_owned(),
        300..400 => elsewhere(response),
        _ => String::new(),
    };
    format!("the token endpoint answered {status}{words}{step}")
}

/// An assertion is valid for two minutes around now, so a clock that is wrong by more is the reason
/// before all else.
fn wrong_clock(response: &Response, now: Timestamp) -> Option<String> {
    let date = rfc2822::parse(header(response, DATE)?).ok()?.timestamp();
    let ahead = now.as_second() - date.as_second();
    if ahead.abs() <= VALIDITY / 2 {
        return None;
    }
    let way = if ahead > 0 { "ahead of" } else { "behind" };
    Some(format!(
        "; this machine's clock is {} s {way} the server's: set it, for the request is signed for the time of this machine",
        ahead.abs()
    ))
}

fn elsewhere(response: &Response) -> String {
    let location = header(response, LOCATION);
    let uri = location.and_then(|location| location.parse::<http::Uri>().ok());
    let host = uri.as_ref().and_then(http::Uri::host).or(location);
    let place = host.map_or("elsewhere".to_owned(), |host| format!("to {}", plain(host)));
    format!(
        " {place}, and the credentials are sent nowhere else; check the host in the client id or in BATON_C1_API_HOST"
    )
}

/// A token answer; other members are ignored.
#[derive(Deserialize, Zeroize, ZeroizeOnDrop)]
struct Answer {
    #[serde(default)]
    access_token: String,
    #[serde(default)]
    token_type: String,
    #[serde(default)]
    expires_in: i64,
}

impl Answer {
    /// `<type> <token>`; `None` when the token is empty or cannot be part of a header.
    fn header(&self) -> Option<MetadataValue<Ascii>> {
        if self.access_token.is_empty() {
            return None;
        }
        let kind = match self.token_type.to_ascii_lowercase().as_str() {
            "" | "bearer" => "Bearer",
            "mac" => "MAC",
            "basic" => "Basic",
            _ => &self.token_type,
        };
        let text = Secret::new(format!("{kind} {}", self.access_token));
        let mut header: MetadataValue<Ascii> = text.expose().parse().ok()?;
        header.set_sensitive(true);
        Some(header)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn header(json: &str) -> Option<String> {
        let answer: Answer = serde_json::from_str(json).unwrap();
        answer
            .header()
            .map(|header| header.to_str().unwrap().to_owned())
    }

    /// `src/c1/protocol.md`, Access token
    #[test]
    fn the_token_type_gets_its_usual_spelling() {
        for (kind, expected) in [
            ("bearer", "Bearer t"),
            ("BEARER", "Bearer t"),
            ("", "Bearer t"),
            ("mac", "MAC t"),
            ("Basic", "Basic t"),
            ("DPoP", "DPoP t"),
        ] {
            let json = format!(r#"{{"access_token":"t","token_type":"{kind}"}}"#);
            assert_eq!(header(&json).unwrap(), expected);
        }
        assert_eq!(
            header(r#"{"access_token":"t","scope":"x"}"#).unwrap(),
            "Bearer t"
        );
        assert!(header(r#"{"access_token":""}"#).is_none());
        assert!(header(r#"{"access_token":"a\nb"}"#).is_none());
    }

    #[test]
    fn a_life_that_is_no_integer_is_no_token() {
        for life in [r#""3600""#, "3600.0"] {
            let json = format!(r#"{{"access_token":"t","expires_in":{life}}}"#);
            assert!(serde_json::from_str::<Answer>(&json).is_err(), "{life}");
        }
    }
}
