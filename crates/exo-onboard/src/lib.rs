#![doc = include_str!("../README.md")]

mod adopt;
mod call;
mod calls;
mod create;
mod error;
mod event;
mod graph;
mod graph_error;
mod ids;
mod judge;
mod kept;
mod key;
mod permission;
mod plan;
mod privilege;
mod prover;
mod read;
mod step;
mod wanted;
mod work;

pub use adopt::{Namesake, SameName};
pub use call::{Call, Method};
pub use create::{Ready, create};
pub use error::Error;
pub use event::{Event, Observer, Quiet};
pub use graph::Graph;
pub use graph_error::GraphError;
pub use ids::ObjectId;
pub use kept::Kept;
pub use key::Retire;
pub use permission::Permission;
pub use plan::{Plan, PlannedStep, plan};
pub use privilege::Privilege;
pub use prover::Prover;
pub use step::Step;
pub use wanted::{Role, Wanted};
