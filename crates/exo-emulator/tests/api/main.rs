//! The emulator as a client sees it: over HTTPS, with a client that shares nothing with it.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::string_slice,
    clippy::disallowed_methods,
    clippy::needless_pass_by_value,
    reason = "a test ends where its expectation does, and has the machine's clock"
)]

mod assertion_forms;
mod batch;
mod caller;
mod claims;
mod client;
mod clouds;
mod cmdlets;
mod device_code;
mod discovery;
mod documented;
mod fault_words;
mod faults;
mod faults_aimed;
mod federation;
mod graph;
mod graph_access;
mod graph_objects;
mod graph_time;
mod invoke;
mod limits;
mod machine;
mod nouns;
mod offered;
mod order;
mod own_paging;
mod paging;
mod program;
mod record;
mod refusals;
mod regions;
mod requirements;
mod role_groups;
mod role_table;
mod sign_in;
mod token_faults;
mod unsettled;
mod vault;
mod visibility;
