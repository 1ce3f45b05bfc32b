//! What the patterns use of [`::std::thread`]. Threads are shuttle's; what is added is that a panic
//! ends its thread and not the run, and is found by the join.

use ::std::io;
use ::std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use ::std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use ::std::sync::{Arc, Mutex, PoisonError};
use ::std::time::Duration;

#[doc(no_inline)]
pub use ::std::thread::{Result, available_parallelism, panicking};
pub use shuttle::thread::ThreadId;

use crate::model::kernel;

pub fn yield_now() {
    kernel::pass_a_moment();
    kernel::yield_now();
}

/// As [`::std::thread::sleep`].
pub fn sleep(time: Duration) {
    kernel::sleep(time);
}

/// A thread's handle. Shuttle's, with the names of the threads of scopes.
#[derive(Clone, Debug)]
pub struct Thread {
    thread: shuttle::thread::Thread,
    name: Option<String>,
}

impl Thread {
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref().or(self.thread.name())
    }

    pub fn id(&self) -> ThreadId {
        self.thread.id()
    }

    pub fn unpark(&self) {
        self.thread.unpark();
    }
}

shuttle::thread_local! {
    static NAME: ::std::cell::RefCell<Option<String>> = ::std::cell::RefCell::new(None);
}

pub fn current() -> Thread {
    Thread {
        thread: shuttle::thread::current(),
        name: NAME.with(|name| name.borrow().clone()),
    }
}

/// A panic of `body` is caught, and what it closed is noticed by others.
fn contain<T>(body: impl FnOnce() -> T) -> Result<T> {
    let result = catch_unwind(AssertUnwindSafe(body));
    kernel::wake_deferred();
    result
}

#[derive(Debug)]
pub struct JoinHandle<T>(shuttle::thread::JoinHandle<Result<T>>);

impl<T> JoinHandle<T> {
    pub fn join(self) -> Result<T> {
        kernel::wake_deferred();
        self.0.join()?
    }

    pub fn thread(&self) -> &shuttle::thread::Thread {
        self.0.thread()
    }
}

pub fn spawn<T: Send + 'static>(body: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
    JoinHandle(shuttle::thread::spawn(|| contain(body)))
}

/// As if the system could start only so many threads more. It is for tests that know of the model.
pub fn leave(threads: usize) {
    kernel::leave_threads(threads);
}

#[derive(Debug, Default)]
pub struct Builder {
    name: Option<String>,
}

impl Builder {
    pub fn new() -> Self {
        Self::default()
    }

    #[must_use]
    pub fn name(mut self, name: String) -> Self {
        self.name = Some(name);
        self
    }

    /// Of no effect.
    #[must_use]
    pub fn stack_size(self, _: usize) -> Self {
        self
    }

    pub fn spawn<T: Send + 'static>(
        self,
        body: impl FnOnce() -> T + Send + 'static,
    ) -> io::Result<JoinHandle<T>> {
        kernel::take_thread()?;
        let name = self.name.unwrap_or_default();
        let builder = shuttle::thread::Builder::new().name(name);
        builder.spawn(|| contain(body)).map(JoinHandle)
    }

    pub fn spawn_scoped<'scope, T: Send + 'scope>(
        self,
        scope: &'scope Scope<'scope, '_>,
        body: impl FnOnce() -> T + Send + 'scope,
    ) -> io::Result<ScopedJoinHandle<'scope, T>> {
        kernel::take_thread()?;
        let name = self.name;
        Ok(scope.spawn(move || {
            NAME.with(|place| *place.borrow_mut() = name);
            body()
        }))
    }
}

#[expect(
    explicit_outlives_requirements,
    reason = "as std writes it, and as shuttle's does"
)]
#[derive(Debug)]
pub struct Scope<'scope, 'env: 'scope> {
    threads: &'scope shuttle::thread::Scope<'scope, 'env>,
    unseen_panics: Arc<AtomicUsize>,
}

#[derive(Debug)]
pub struct ScopedJoinHandle<'scope, T> {
    thread: shuttle::thread::ScopedJoinHandle<'scope, ()>,
    /// There once it has ended.
    result: Arc<Mutex<Option<Result<T>>>>,
    unseen_panics: Arc<AtomicUsize>,
}

pub fn scope<'env, T>(body: impl for<'scope> FnOnce(&'scope Scope<'scope, 'env>) -> T) -> T {
    let unseen_panics = Arc::new(AtomicUsize::new(0));
    let result = shuttle::thread::scope(|threads| {
        // Must live as long as the scope, and this closure does not: some 16 bytes stay behind.
        let scope = Box::leak(Box::new(Scope {
            threads,
            unseen_panics: Arc::clone(&unseen_panics),
        }));
        contain(|| body(scope))
    });
    match result {
        Err(payload) => resume_unwind(payload),
        Ok(_) if unseen_panics.load(Relaxed) > 0 => panic!("a scoped thread panicked"),
        Ok(value) => value,
    }
}

impl<'scope> Scope<'scope, '_> {
    pub fn spawn<T: Send + 'scope>(
        &'scope self,
        body: impl FnOnce() -> T + Send + 'scope,
    ) -> ScopedJoinHandle<'scope, T> {
        let unseen_panics = Arc::clone(&self.unseen_panics);
        let result = Arc::new(Mutex::new(None));
        let place = Arc::clone(&result);
        let thread = self.threads.spawn(move || {
            let result = contain(body);
            if result.is_err() {
                unseen_panics.fetch_add(1, Relaxed);
            }
            *place.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
        });
        ScopedJoinHandle {
            thread,
            result,
            unseen_panics: Arc::clone(&self.unseen_panics),
        }
    }
}

impl<T> ScopedJoinHandle<'_, T> {
    pub fn join(self) -> Result<T> {
        kernel::wake_deferred();
        self.thread.join()?;
        let mut result = self.result.lock().unwrap_or_else(PoisonError::into_inner);
        let result = result.take().expect("it has ended");
        if result.is_err() {
            self.unseen_panics.fetch_sub(1, Relaxed);
        }
        result
    }

    pub fn thread(&self) -> &shuttle::thread::Thread {
        self.thread.thread()
    }

    pub fn is_finished(&self) -> bool {
        self.thread.is_finished()
    }
}
