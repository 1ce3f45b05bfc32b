//! All tests. Those that need a server each start one of their own; without `nats-server` on this
//! machine, they are ignored, with that as the reason.

use libtest_mimic::{Arguments, Completion, Trial};
use support::server::installed;

mod broadcast;
mod cli;
mod fan_out_fan_in;
mod measure;
mod pitfalls;
mod request_reply;
mod shutdown;
mod support;
mod work_queue;

fn main() {
    let mut with_server = vec![
        ("broadcast", broadcast::tests()),
        ("cli", cli::tests()),
        ("fan_out_fan_in", fan_out_fan_in::tests()),
        ("request_reply", request_reply::tests()),
        ("shutdown", shutdown::tests()),
        ("work_queue", work_queue::tests()),
    ];
    with_server.extend(pitfalls::all());
    let mut trials = Vec::new();
    for (module, tests) in with_server {
        for (name, test) in tests {
            trials.push(Trial::ignorable_test(
                format!("{module}::{name}"),
                move || {
                    if installed().is_none() {
                        return Ok(Completion::ignored_with("there is no nats-server"));
                    }
                    test();
                    Ok(Completion::Completed)
                },
            ));
        }
    }
    for (name, test) in cli::WITHOUT_SERVER {
        trials.push(Trial::test(format!("cli::{name}"), move || {
            test();
            Ok(())
        }));
    }
    let measure = Trial::test("measure", || {
        measure::measure();
        Ok(())
    });
    trials.push(measure.with_ignored_flag(true)); // It takes long, and proves nothing.
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}
