//! What `std_only` promises: the same as `pool`, so the tests are the same.

use worker_pool::std_only::{Pool, Report};

#[path = "variants/jobs.rs"]
mod jobs;
#[path = "variants/owned.rs"]
mod owned;

/// What becomes of the jobs that `body` gives to a pool.
fn finished(workers: usize, queue: usize, body: impl FnOnce(&Pool)) -> Report {
    let pool = Pool::start(workers, queue).expect("some threads start");
    body(&pool);
    pool.finish()
}
