//! What the groups of benches are about: what their ids do not tell.

/// The benches whose ids begin with `name`.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) name: &'static str,
    /// What was measured, in a sentence or two.
    pub(crate) about: &'static str,
    /// What one of the things is called that the time is for.
    pub(crate) item: &'static str,
    /// What sets its scenarios apart.
    pub(crate) scenario: &'static str,
    /// The case that the others are compared with.
    pub(crate) baseline: &'static str,
    /// The cases that are patterns of this workspace.
    pub(crate) ours: &'static [&'static str],
    /// Whether the scenarios are numbers, and a curve shows more than bars do.
    pub(crate) curve: bool,
}

/// The case that no other can be better than, in the groups that have one.
pub(crate) const FLOOR: &str = "floor";

/// All groups, in the order of the report.
pub(crate) const GROUPS: &[Group] = &[
    Group {
        name: "channels",
        about: "Messages through channels, threads started within. tokio's rendezvous has one \
                place.",
        item: "message",
        scenario: "messages",
        baseline: "std",
        ours: &[],
        curve: false,
    },
    Group {
        name: "channels-payload",
        about: "1 MB for a consumer, of which the producer keeps its own.",
        item: "message",
        scenario: "payload",
        baseline: "clone",
        ours: &[],
        curve: false,
    },
    Group {
        name: "batching",
        about: "Items from one thread to another, threads started within. `single` sends them \
                one by one; `plain` grows a new vector for each batch and has no bound.",
        item: "item",
        scenario: "batch",
        baseline: "single",
        ours: &["batcher", "batcher, clock each", "batched"],
        curve: true,
    },
    Group {
        name: "fan-out",
        about: "Items through workers, results added up by the caller; threads started within, \
                but for rayon's. `plain` sends one item at a time, without a bound. The floor \
                is the work alone, an equal part on each processor.",
        item: "item",
        scenario: "work of each",
        baseline: "plain",
        ours: &[
            "unordered",
            "ordered",
            "std_only",
            "chunked",
            "with_rayon, par_iter",
            "with_rayon, par_bridge",
        ],
        curve: false,
    },
    Group {
        name: "worklist",
        about: "Jobs that add two jobs each, until there are enough; results added up. `plain` \
                counts the open ones in the caller, which sends each one on. rayon spawns them in \
                a scope, without results on the way. The floor is the work alone.",
        item: "job",
        scenario: "work of each",
        baseline: "plain",
        ours: &["worklist"],
        curve: false,
    },
    Group {
        name: "pool",
        about: "A pool started, given all jobs, and ended. `plain` is that of many a tutorial: \
                boxed jobs, a queue without a bound. The floor is the work alone, an equal \
                part on each processor. In a short round, the pool said that it had ended \
                before all of its jobs had run; the time is until they had.",
        item: "job",
        scenario: "work of each",
        baseline: "plain",
        ours: &["pool", "pool, room for all", "std_only"],
        curve: false,
    },
    Group {
        name: "request-response",
        about: "A client asks a server on another thread; `plain` makes a std channel for each \
                reply. `park and unpark` is to wake the other and be woken, without data: who \
                looks for a message before it sleeps, or has several under way, is faster.",
        item: "request",
        scenario: "clients",
        baseline: "plain",
        ours: &["actor", "reused", "pipelined", "tokio"],
        curve: false,
    },
    Group {
        name: "shutdown",
        about: "From the signal to stop until the idle worker is joined. `plain` is a select \
                which loses what is queued. The floor is to wake a thread and join it.",
        item: "shutdown",
        scenario: "worker",
        baseline: "plain",
        ours: &["shutdown", "std_only"],
        curve: false,
    },
    Group {
        name: "rate",
        about: "The error of the mean rate of a sender that sleeps between its turns; no \
                bursts. `plain` sleeps for the period since it last woke. `late` asks with the \
                time at which it woke, not that until which it meant to sleep.",
        item: "",
        scenario: "rate",
        baseline: "plain",
        ours: &["paced", "token_bucket", "token_bucket, late"],
        curve: false,
    },
];
