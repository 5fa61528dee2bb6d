//! The steps by hand, filled in.

use crate::world::{certificate, global_reader, wanted};
use exo_model::{Cloud, Service};
use exo_onboard::{Portal, Wanted, portal};

#[test]
fn the_steps_by_hand_are_filled_in() {
    let wanted = wanted();
    let facts = Portal::new(&wanted)
        .tenant("contoso.onmicrosoft.com".parse().unwrap())
        .organization("contoso.onmicrosoft.com".parse().unwrap())
        .app_id("36ee4c6c-0812-40a2-b820-b22ebd02bce3".parse().unwrap());
    insta::assert_snapshot!(portal(&facts));
}

#[test]
fn what_is_not_known_is_left_out() {
    let wanted = Wanted::new("x", certificate()).services([Service::Exchange]).roles([global_reader()]);
    let text = portal(&Portal::new(&wanted).cloud(Cloud::China));
    assert!(text.contains("portal.azure.cn") && !text.contains("adminconsent") && !text.contains("00000007"));
}
