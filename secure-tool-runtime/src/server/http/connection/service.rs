//! From a request of hyper's to the entrance, and back.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum::body::Body;
use http::{Request, Response, Version};
use http_body::Body as _;
use http_body::{Frame, SizeHint};
use hyper::body::{Bytes, Incoming};
use pin_project_lite::pin_project;
use tokio::sync::watch;

use super::Phase;
use super::activity::{Activity, InFlight};
use super::listening::{self, Stopping};
use crate::server::http::entrance::Entrance;
use crate::server::http::reason::Tally;
#[cfg(feature = "tls")]
use crate::server::http::tls::PeerCertificate;

/// Who is at the other end of a connection.
#[derive(Debug, Clone)]
pub(in crate::server::http) struct Peer {
    pub(in crate::server::http) address: SocketAddr,
    #[cfg(feature = "tls")]
    pub(in crate::server::http) certificate: Option<PeerCertificate>,
}

impl Peer {
    /// Puts the certificate, if there is one, into the extensions of a request.
    #[cfg(feature = "tls")]
    fn presents(&self, mut request: Request<Body>) -> Request<Body> {
        if let Some(certificate) = &self.certificate {
            request.extensions_mut().insert(certificate.clone());
        }
        request
    }

    #[cfg(not(feature = "tls"))]
    fn presents(&self, request: Request<Body>) -> Request<Body> {
        request
    }
}

/// Answers the requests of one connection.
pub(super) struct ConnectionService {
    pub(super) entrance: Entrance,
    pub(super) peer: Peer,
    pub(super) activity: Arc<Activity>,
    pub(super) phase: watch::Receiver<Phase>,
    pub(super) tally: Tally,
}

impl hyper::service::Service<Request<Incoming>> for ConnectionService {
    type Response = Response<Answer>;
    type Error = Infallible;
    type Future = Answering;

    fn call(&self, request: Request<Incoming>) -> Answering {
        let in_flight = self.activity.request(request.version() == Version::HTTP_2);
        let listens = listening::asks_for_events(&request).then(|| self.phase.clone());
        let request = self.peer.presents(request.map(Body::new));
        let future = Box::pin(self.entrance.clone().answer(self.peer.address.ip(), request));
        let tally = self.tally.clone();
        Answering { future, in_flight: Some(in_flight), listens, tally }
    }
}

pin_project! {
    /// An answer about to be made.
    pub(super) struct Answering {
        #[pin]
        future: Pin<Box<dyn Future<Output = Response<Body>> + Send>>,
        in_flight: Option<InFlight>,
        // If it may be a stream of events that ends when the server stops.
        listens: Option<watch::Receiver<Phase>>,
        tally: Tally,
    }
}

impl Future for Answering {
    type Output = Result<Response<Answer>, Infallible>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let response = ready!(this.future.poll(context));
        this.tally.count(&response);
        let mut in_flight = this.in_flight.take();
        if let Some(in_flight) = &mut in_flight {
            in_flight.ready();
        }
        let listens = this.listens.take().filter(|_| listening::is_of_events(&response));
        let until = listens.map(listening::stopping);
        Poll::Ready(Ok(response.map(|body| Answer { body, rest: Bytes::new(), in_flight, until })))
    }
}

/// The largest part of an answer that is handed to a connection at once, in bytes. What a client
/// does not take then stays here, where the watch sees it, and is not copied into buffers.
const PART: usize = 64 << 10;

/// The body of an answer, which notes when the client takes it.
pub(super) struct Answer {
    body: Body,
    /// What is left of the last frame of the body.
    rest: Bytes,
    in_flight: Option<InFlight>,
    /// When a body that has no end of its own ends.
    until: Option<Stopping>,
}

impl Answer {
    fn poll_part(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if !self.rest.is_empty() {
            let part = self.rest.split_to(PART.min(self.rest.len()));
            return Poll::Ready(Some(Ok(Frame::data(part))));
        }
        if self.until.as_mut().is_some_and(|until| until.as_mut().poll(context).is_ready()) {
            // A future that is ready is not asked again.
            (self.until, self.body) = (None, Body::empty());
        }
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        let Some(Ok(frame)) = frame else { return Poll::Ready(frame) };
        Poll::Ready(Some(Ok(match frame.into_data() {
            Ok(mut data) if data.len() > PART => {
                self.rest = data.split_off(PART);
                Frame::data(data)
            }
            Ok(data) => Frame::data(data),
            Err(trailers) => trailers,
        })))
    }
}

impl http_body::Body for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if let Some(in_flight) = &mut self.in_flight {
            in_flight.taken();
        }
        let part = ready!(self.poll_part(context));
        if let (Some(in_flight), Some(_)) = (&mut self.in_flight, &part) {
            in_flight.ready();
        }
        Poll::Ready(part)
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let (body, rest) = (self.body.size_hint(), self.rest.len() as u64);
        let mut hint = SizeHint::new();
        hint.set_lower(body.lower() + rest);
        if let Some(upper) = body.upper() {
            hint.set_upper(upper + rest);
        }
        hint
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_large_answer_is_handed_over_in_parts() {
        let text: Vec<u8> = (0..3 * PART + 5).map(|index| index as u8).collect();
        let body = Body::from(text.clone());
        let mut answer = Answer { body, rest: Bytes::new(), in_flight: None, until: None };
        let mut got = Vec::new();
        while got.len() < text.len() {
            assert_eq!(answer.size_hint().exact(), Some((text.len() - got.len()) as u64));
            assert!(!http_body::Body::is_end_stream(&answer));
            let frame = std::future::poll_fn(|context| {
                http_body::Body::poll_frame(Pin::new(&mut answer), context)
            });
            let part = frame.await.unwrap().unwrap().into_data().unwrap();
            assert!(part.len() <= PART);
            got.extend_from_slice(&part);
        }
        assert!(http_body::Body::is_end_stream(&answer));
        assert_eq!(got, text);
    }
}
