//! The answer of a store operation: a future that can also be waited for.

use std::{
    future::Future,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
};

use tokio::sync::oneshot;

use crate::error::StoreError;

/// An operation under way.
///
/// The operation starts when the method is called, not at the first poll, and runs to its end even
/// if this value is dropped; only the answer is lost then.
#[must_use = "the operation has started, but only its answer says whether it succeeded"]
pub struct Pending<T>(Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send>>);

impl<T: Send + 'static> Pending<T> {
    /// Wraps a future.
    pub fn new(future: impl Future<Output = Result<T, StoreError>> + Send + 'static) -> Self {
        Self(Box::pin(future))
    }

    /// An answer that is known already.
    pub fn ready(answer: Result<T, StoreError>) -> Self {
        Self::new(std::future::ready(answer))
    }

    /// A pending answer and the sender that gives it. Dropping the sender answers
    /// [`StoreError::Closed`].
    pub fn channel() -> (oneshot::Sender<Result<T, StoreError>>, Self) {
        let (sender, receiver) = oneshot::channel();
        let pending = Self::new(async move { receiver.await.unwrap_or(Err(StoreError::Closed)) });
        (sender, pending)
    }

    /// Blocks the thread until the answer is there. Not for use on an async executor's thread.
    ///
    /// # Errors
    /// [`StoreError`], as the operation says.
    pub fn wait(self) -> Result<T, StoreError> {
        struct Unpark(Thread);
        impl Wake for Unpark {
            fn wake(self: Arc<Self>) {
                self.0.unpark();
            }
        }
        let waker = Waker::from(Arc::new(Unpark(thread::current())));
        let mut context = Context::from_waker(&waker);
        let mut future = pin!(self.0);
        loop {
            match future.as_mut().poll(&mut context) {
                Poll::Ready(answer) => return answer,
                Poll::Pending => thread::park(),
            }
        }
    }
}

impl<T> Future for Pending<T> {
    type Output = Result<T, StoreError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.as_mut().poll(context)
    }
}

impl<T> std::fmt::Debug for Pending<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pending(..)")
    }
}
