//! The admin API.
use crate::answer::Answer;
use crate::app::Service;
use crate::received::Received;
use crate::request::Request;
use crate::world::World;
pub(crate) async fn answer(_w: &World, _r: &Request, _s: Service, _n: &mut Received) -> Answer {
    Answer::empty(404)
}
pub(crate) async fn front_door(_w: &World, _r: &Request, _s: &str, _n: &mut Received) -> Answer {
    Answer::empty(404)
}
