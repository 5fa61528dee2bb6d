//! The executor: polls one future, and waits for the host when it cannot go on.

use crate::Result;
use crate::mailbox::{Mail, Notify};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, ThreadId};
use std::time::Duration;

/// Says that the future can go on; from another thread it also ends the wait.
struct Woken {
    flag: AtomicBool,
    home: ThreadId,
    notify: Notify,
}

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let before = self.flag.swap(true, Ordering::AcqRel);
        if !before && thread::current().id() != self.home {
            self.notify.call();
        }
    }
}

/// Drives a future to its end, or until the run is cancelled; the caller drops it.
pub(crate) fn drive<T>(mail: &Mail, mut future: Pin<&mut dyn Future<Output = Result<T>>>) -> Result<T> {
    let home = thread::current().id();
    let woken = Arc::new(Woken { flag: AtomicBool::new(true), home, notify: mail.notify() });
    let waker = Waker::from(Arc::clone(&woken));
    let mut context = Context::from_waker(&waker);
    loop {
        if woken.flag.swap(false, Ordering::AcqRel)
            && let Poll::Ready(value) = future.as_mut().poll(&mut context)
        {
            return value;
        }
        // What the future itself saw of a cancellation counts, even if it swallowed the error.
        mail.check()?;
        let at_once = woken.flag.load(Ordering::Acquire).then_some(Duration::ZERO);
        mail.wait(at_once)?;
    }
}
