//! Uploads: chunks straight from disk, hashed on the way (`src/c1/protocol.md`, Upload).

use std::fs::File;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::digest::{Context, SHA256};
use bytes::Bytes;
use tokio::sync::mpsc::{self, Sender};
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep, timeout};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Request};

use super::channel::Grpc;
use super::client::Client;
use super::error::Error;
use crate::backoff::square;
use crate::baton::pb::api::BatonServiceUploadAssetRequest;
use crate::baton::pb::api::baton_service_upload_asset_request::{
    Msg, UploadData, UploadEof, UploadMetadata,
};
use crate::files;

/// Bytes in a data message; the last one holds the rest.
const CHUNK: usize = 512 * 1024;
/// Tries when C1 says that something went wrong: it alone knows what it kept.
const TRIES: u32 = 3;
/// How long it is tried while C1 is away or names a wait: a restart must not cost a long sync.
const PATIENCE: Duration = Duration::from_secs(600);
/// Longest wait between two tries.
const WAIT_CAP: Duration = Duration::from_secs(30);
/// What messages call it.
const CALL: &str = "the upload";
/// Longest stand-still of one message on the way out.
const STALL_LIMIT: Duration = Duration::from_secs(120);
/// Longest wait for the answer to the last message: C1 may look at the whole file first.
const ANSWER_LIMIT: Duration = Duration::from_secs(600);

impl Client {
    /// Uploads a file for a task: up to three tries, or ten minutes while C1 is away, each from the
    /// first byte (`src/c1/protocol.md`, Upload). The error is that of the last one.
    pub async fn upload(&self, task_id: &str, file: &Arc<File>) -> Result<(), Error> {
        let (mut tries, mut answers) = (0, 0);
        let mut give_up = None;
        loop {
            let attempt = |grpc, request| attempt(self, grpc, request, task_id, file);
            let Err(error) = self.made(STALL_LIMIT, attempt).await else {
                return Ok(());
            };
            tries += 1;
            let asked = error.retry_after().unwrap_or_default().min(PATIENCE);
            let wait = square(tries, WAIT_CAP).max(asked);
            let give_up = *give_up.get_or_insert_with(|| Instant::now() + PATIENCE);
            let again = match may_come_back(&error) {
                true => tries < TRIES || Instant::now() + wait < give_up,
                false => {
                    answers += 1;
                    answers < TRIES && !is_final(&error)
                }
            };
            if !again {
                return Err(error);
            }
            tracing::warn!(task_id, tries, %error, wait_s = wait.as_secs_f32(), "the upload failed; trying again");
            sleep(wait).await;
        }
    }
}

/// Whether C1 is away, or names the time of the next try.
fn may_come_back(error: &Error) -> bool {
    let is_limit = error.code() == Code::ResourceExhausted;
    error.is_away() || is_limit && error.retry_after().is_some()
}

/// Whether there is no use in another try.
fn is_final(error: &Error) -> bool {
    use Code::{FailedPrecondition, InvalidArgument, NotFound, PermissionDenied};
    let is_final = matches!(
        error.code(),
        PermissionDenied | InvalidArgument | FailedPrecondition | NotFound
    );
    error.is_no() && is_final || matches!(error, Error::File(_))
}

/// One try: a stream of its own, from the first byte.
async fn attempt(
    client: &Client,
    mut grpc: Grpc,
    request: Request<()>,
    task_id: &str,
    file: &Arc<File>,
) -> Result<(), Error> {
    // One message under way, one waiting.
    let (sender, receiver) = mpsc::channel(1);
    let request = request.map(|()| ReceiverStream::new(receiver));
    let metadata = UploadMetadata {
        host_id: client.settings.host_id.clone(),
        task_id: task_id.to_owned(),
        annotations: Vec::new(),
    };

    let call = grpc.upload_asset(request);
    tokio::pin!(call);
    let (answer, is_whole) = tokio::select! {
        // An early answer is the server's own word and beats a feeder that lost its stream.
        biased;
        answer = &mut call => (answer, false),
        fed = feed(client, file, metadata, &sender) => {
            let is_whole = fed?;
            drop(sender);
            match timeout(ANSWER_LIMIT, call).await {
                Ok(answer) => (answer, is_whole),
                Err(_) => return Err(client.channel.silent(CALL, ANSWER_LIMIT)),
            }
        }
    };
    match answer {
        Ok(_) if is_whole => Ok(()),
        Ok(_) => Err(Error::Early(client.address().clone())),
        Err(status) => Err(client.channel.classify(CALL, STALL_LIMIT, status)),
    }
}

/// Sends the metadata, the file and its digest; `false` when nobody took it to its end. The caller
/// keeps the sender, so that a stream that stops early is cut off and never looks like a short
/// file.
async fn feed(
    client: &Client,
    file: &Arc<File>,
    metadata: UploadMetadata,
    sender: &Sender<BatonServiceUploadAssetRequest>,
) -> Result<bool, Error> {
    let send = async |msg| {
        let message = BatonServiceUploadAssetRequest { msg: Some(msg) };
        match timeout(STALL_LIMIT, sender.send(message)).await {
            // Nobody takes any more once the call has ended.
            Ok(sent) => Ok(sent.is_ok()),
            Err(_) => Err(client.channel.silent(CALL, STALL_LIMIT)),
        }
    };
    let mut digest = Context::new(&SHA256);
    let mut at = 0;
    let mut open = send(Msg::Metadata(metadata)).await?;
    while open {
        let data = chunk(Arc::clone(file), at).await.map_err(Error::File)?;
        if data.is_empty() {
            break;
        }
        at += data.len() as u64;
        digest.update(&data);
        open = send(Msg::Data(UploadData { data })).await?;
    }
    let sha256_checksum = digest.finish().as_ref().to_vec();
    let eof = UploadEof {
        sha256_checksum,
        annotations: Vec::new(),
    };
    send(Msg::Eof(eof)).await
}

/// The bytes of the file from `at` on, a full chunk but at the end. Read beside the task, which goes
/// on with its heartbeats; a read that a cancelled try left behind moves nothing, since the file's
/// own position is not used.
async fn chunk(file: Arc<File>, at: u64) -> io::Result<Bytes> {
    let read = spawn_blocking(move || {
        let mut data = vec![0; CHUNK];
        let mut filled = 0;
        while filled < CHUNK {
            match files::read_at(&file, &mut data[filled..], at + filled as u64) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        data.truncate(filled);
        Ok(Bytes::from(data))
    });
    read.await
        .unwrap_or_else(|lost| Err(io::Error::other(lost)))
}
