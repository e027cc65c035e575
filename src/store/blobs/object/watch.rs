//! Sees how far the call behind a request came.
//!
//! The client's errors don't tell whether a request was sent, and a write that was sent may have had
//! its effect. So each request carries a note on which this writes.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpService,
    ReqwestConnector,
};

/// How far a call came.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Call {
    /// It wasn't sent: there were no credentials to send with it.
    #[default]
    NotSent,
    /// There was nobody to send it to.
    NotConnected,
    /// It was sent, or a part of it, and the connection ended.
    Interrupted,
    /// It was sent, and nobody answered in time.
    TimedOut,
    /// It was answered, with this status.
    Answered(u16),
}

/// The note.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen(Arc<Mutex<Call>>);

impl Seen {
    /// What is written on it.
    pub(super) fn call(&self) -> Call {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, call: Call) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = call;
    }
}

/// Makes clients that write the notes.
#[derive(Debug, Default)]
pub(super) struct Watching(ReqwestConnector);

impl HttpConnector for Watching {
    fn connect(&self, options: &ClientOptions) -> object_store::Result<HttpClient> {
        let client = self.0.connect(options)?;
        Ok(HttpClient::new(Watched(client)))
    }
}

#[derive(Debug)]
struct Watched(HttpClient);

impl HttpService for Watched {
    fn call<'s, 'a>(
        &'s self,
        request: HttpRequest,
    ) -> Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'a>>
    where
        's: 'a,
        Self: 'a,
    {
        Box::pin(async move {
            let seen = request.extensions().get::<Seen>().cloned();
            if let Some(seen) = &seen {
                // If this is dropped while it waits, it was sent.
                seen.write(Call::Interrupted);
            }
            let answer = self.0.execute(request).await;
            if let Some(seen) = seen {
                seen.write(match &answer {
                    Ok(response) => Call::Answered(response.status().as_u16()),
                    Err(error) => match error.kind() {
                        HttpErrorKind::Connect => Call::NotConnected,
                        HttpErrorKind::Timeout => Call::TimedOut,
                        _ => Call::Interrupted,
                    },
                });
            }
            answer
        })
    }
}
