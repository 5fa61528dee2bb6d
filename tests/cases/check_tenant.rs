//! `exoctl check` looks the tenant up: whether it exists, and in which cloud.

use exo_emulator::Cloud;
use exo_tests::{Fault, World, contoso};
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};

const CHECK: [&str; 3] = ["check", "--format", "json"];

/// A proxy that takes every request for a tunnel to the emulator, whichever host it names.
#[expect(clippy::unwrap_used, reason = "a test whose world cannot be made cannot go on")]
pub(crate) fn proxy(world: &World) -> String {
    let to = world.emulator().login_origin();
    let port: u16 = to.rsplit(':').next().unwrap().parse().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            std::thread::spawn(move || tunnel(stream, port));
        }
    });
    address
}

fn tunnel(mut near: TcpStream, port: u16) -> Option<()> {
    let mut head = BufReader::new(near.try_clone().ok()?);
    let mut line = String::new();
    while head.read_line(&mut line).ok()? > 2 {
        line.clear();
    }
    let mut far = TcpStream::connect(("127.0.0.1", port)).ok()?;
    near.write_all(b"HTTP/1.1 200 OK\r\n\r\n").ok()?;
    let (mut there, mut back) = (far.try_clone().ok()?, near.try_clone().ok()?);
    std::thread::spawn(move || std::io::copy(&mut there, &mut back));
    std::io::copy(&mut near, &mut far).ok().map(drop)
}

#[test]
fn a_tenant_is_told_with_its_id_cloud_and_region() {
    let world = World::start(contoso());
    let ended = world.exoctl(CHECK);
    let (state, seen) = ended.ends(0).check("tenant");
    assert_eq!(state, "ok");
    assert!(seen.starts_with("contoso.onmicrosoft.com is 0"), "{seen}");
    assert_eq!(ended.check("cloud"), ("ok".to_owned(), "worldwide, region EU".to_owned()));
    let world = World::start(contoso().cloud(Cloud::Gcc));
    let (state, seen) = world.exoctl(CHECK).check("cloud");
    assert_eq!(state, "ok");
    assert!(seen.contains("worldwide (GCC)"), "{seen}");
}

#[test]
fn a_tenant_that_does_not_exist_ends_the_check_with_one_way_out() {
    let world = World::start(contoso()).with_profile("organization = 'fabrikam.onmicrosoft.com'");
    let ended = world.exoctl(CHECK);
    ended.ends(12);
    assert_eq!(ended.check("tenant").0, "failed");
    assert_eq!(ended.next_steps().len(), 1, "{}", ended.shown());
    assert_eq!(world.emulator().token_requests(), 0, "no token would come");
}

#[test]
fn a_tenant_by_another_name_is_the_same_tenant() {
    let world = World::start(contoso());
    for name in ["contoso.com", "7b0f6a52-4c1d-4a6e-9d53-2f1f6f0c8e11"] {
        let ended = world.exoctl(CHECK.iter().chain(&["--tenant", name]));
        assert_eq!(ended.ends(0).check("exo token").0, "ok");
    }
}

#[test]
fn the_wrong_cloud_is_named_with_the_right_one() {
    for (cloud, organization, chosen) in [
        (Cloud::GccHigh, "contoso.onmicrosoft.us", "worldwide"),
        (Cloud::China, "contoso.partner.onmschina.cn", "worldwide"),
        (Cloud::Worldwide, "contoso.onmicrosoft.com", "china"),
        (Cloud::Worldwide, "contoso.onmicrosoft.com", "gcc-high"),
    ] {
        let world = World::start(contoso().cloud(cloud));
        let lines = format!("organization = '{organization}'\ncloud = '{chosen}'\nlogin\nexchange\ncompliance");
        let world = world.with_profile(&lines);
        let mut command = world.command(CHECK);
        let ended = world.end(command.env("HTTPS_PROXY", proxy(&world)));
        ended.ends(10);
        assert_eq!(ended.check("tenant").0, "ok", "{}", ended.shown());
        let (state, seen) = ended.check("cloud");
        assert_eq!(state, "failed", "{}", ended.shown());
        assert!(seen.contains(&format!("lives in cloud `{}`, not in `{chosen}`", cloud.name())), "{seen}");
        assert_eq!(
            ended.next_steps(),
            [format!("give --cloud {0}, or `cloud = \"{0}\"` in the profile", cloud.name())],
            "{}",
            ended.shown()
        );
    }
}

#[test]
fn a_name_that_no_cloud_knows_is_told_so() {
    let world = World::start(contoso());
    let world = world.with_profile("organization = 'fabrikam.onmicrosoft.com'\nlogin\nexchange\ncompliance");
    let mut command = world.command(CHECK);
    let ended = world.end(command.env("HTTPS_PROXY", proxy(&world)));
    assert!(ended.check("tenant").1.contains("is in no cloud"), "{}", ended.shown());
}

#[test]
fn a_tenant_that_cannot_be_looked_up_is_left_to_the_token_to_tell() {
    let world = World::start(contoso().fault(Fault::on_discovery().always().status(503)));
    let ended = world.exoctl(CHECK);
    ended.ends(0);
    assert_eq!((ended.check("tenant").0, ended.check("cloud").0), ("warning".into(), "unknown".into()));
    assert_eq!(ended.check("exo token").0, "ok");
}
