"""Things from files of a stranger: meshes and URDFs, what they become, and what is refused."""

import contextlib
import math
import shutil
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st
from toy_village import GATE, HERE, HOUSE

from cliprt.errors import UsageError
from cliprt.robots.pybullet import PyBulletBackend
from cliprt.robots.pybullet.urdf import to_urdf
from cliprt.testing import check_thing
from cliprt.things.bounds import bounds
from cliprt.things.catalogue import all_things
from cliprt.things.files import from_mesh, from_urdf
from cliprt.things.urdf import read_urdf

GATE_FILE = HERE / "gate.urdf"
TEXT = GATE_FILE.read_text()


@pytest.fixture(scope="module")
def robot():
    with PyBulletBackend(cameras=()) as backend:
        yield backend


@pytest.mark.parametrize("thing", [HOUSE, GATE], ids=["mesh", "urdf"])
def test_things_from_files_keep_the_contract(thing, robot):
    check_thing(thing, robot)


def test_a_mesh_is_scaled_stood_up_and_held_by_its_narrower_sides(tmp_path):
    file = tmp_path / "bar.obj"
    file.write_text("v 5 5 5\nv 9 5 5\nv 5 25 5\nv 5 5 35\nf 1 2 3\nf 1 2 4\nf 1 3 4\nf 2 3 4\n")
    bar = from_mesh(file, ("bar",), height_m=0.06, can={"held"})
    assert bounds(bar.build("bar", bar.colour)) == ((-0.004, -0.02, 0.0), (0.004, 0.02, 0.06))
    assert bar.grasp == pytest.approx((0.0, 0.0, 0.036, math.pi / 2))
    lying = from_mesh(file, ("bar",), height_m=0.04, can={"held"}, up="y")
    lower, upper = bounds(lying.build("bar", lying.colour))
    assert (*lower, *upper) == pytest.approx((-0.004, -0.03, 0.0, 0.004, 0.03, 0.04), abs=1e-5)


def test_a_file_is_found_wherever_the_program_goes(tmp_path, monkeypatch):
    monkeypatch.chdir(HERE)
    things = from_mesh("house.obj", ("hut",), height_m=0.05), from_urdf("gate.urdf", ("door",))
    monkeypatch.chdir(tmp_path)
    for thing in things:
        assert bounds(thing.build(thing.name, thing.colour))[1][2] > 0.04


def test_links_on_fixed_joints_become_parts_of_what_they_hang_on():
    body = read_urdf(GATE_FILE)
    assert [link.name for link in body.links] == ["posts", "wing"]
    posts, wing = body.links
    assert len(posts.parts) == 6
    assert wing.parent == "posts"
    assert wing.joint.origin == pytest.approx((0, 0.048, 0.06, 0, 0, 0))
    assert (wing.joint.lower, wing.joint.upper, wing.joint.friction) == (0, 1.5, 0.01)
    assert GATE.doors == (("wing", 0, 1.5),)
    assert GATE.can == {"opened"}


def test_what_has_the_first_colour_takes_another_one():
    parts = [part for link in GATE.build("g", (0, 0, 1)).links for part in link.parts]
    seen = [part.colour for part in parts if part.visible]
    assert seen == [(0, 0, 1), (0.7, 0.7, 0.7), (0.7, 0.7, 0.7), (0, 0, 1)]


@pytest.mark.parametrize("name", all_things())
def test_our_own_things_are_read_back_from_the_urdf_that_we_write(name, tmp_path):
    thing = all_things()[name]
    body = thing.build(name, thing.colour)
    links = [
        replace(link, joint=replace(link.joint, start=0.0)) if link.joint else link
        for link in body.links
    ]
    body = replace(body, links=tuple(links))
    (tmp_path / "a.urdf").write_text(to_urdf(body))
    again = read_urdf(tmp_path / "a.urdf")
    assert (again.name, len(again.links)) == (body.name, len(body.links))
    assert [*map(pytest.approx, bounds(again))] == [*bounds(body)]
    for link, other in zip(body.links, again.links, strict=True):
        assert (link.name, link.mass, link.friction) == (other.name, other.mass, other.friction)
        if link.joint:
            assert (link.joint.lower, link.joint.upper) == (other.joint.lower, other.joint.upper)


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("<robot", "<sdf", "it is no XML: mismatched tag"),
        (
            '<?xml version="1.0"?>',
            "<!DOCTYPE robot [<!ENTITY a 'b'>]>",
            "line 1: there may be no <",
        ),
        ("<robot name", "<robot><link/></robot><robot name", "it is no XML: junk after document"),
        ("<mass ", "<weight ", "line 7, <weight> is unknown in <inertial>. Allowed: origin, mass"),
        ('<mass value="0.8"/>', "", "<inertial>: it has no <mass>"),
        ('"0.8"', '"heavy"', "line 7, <mass>: value is 'heavy', it must be a number up to 100"),
        ('"0.8"', '"-1"', "line 7, <mass>: value is -1, it must be 0 or more"),
        ('"0.8"', '"nan"', "<mass>: value is 'nan', it must be a number"),
        ("0.10 0.18 0.02", "0.10 0.18", "<box>: size is '0.10 0.18', it must be 3 numbers up to"),
        ("0.10 0.18 0.02", "0.10 0 0.02", "line 12, <box>: its lengths must be above 0"),
        ('size="0.10 0.18 0.02"', "", "line 12, <box>: it has no size"),
        (
            "revolute",
            "revolut",
            "type 'revolut' is unknown. Did you mean 'revolute'? Allowed: fixed",
        ),
        ("revolute", "planar", "<joint name=\"hinge\">: type 'planar' is unknown. Allowed: fixed,"),
        ('upper="1.5"', 'upper="-1"', "<limit>: lower must be below upper"),
        ('<axis xyz="0 0 1"/>', '<axis xyz="0 0 0"/>', "<axis>: it has no direction"),
        ('child link="wing"', 'child link="wings"', "no link 'wings'. Did you mean 'wing'?"),
        ('child link="wing"', 'child link="post"', "'post' hangs on another joint already"),
        (
            'child link="wing"',
            'child link="posts"',
            "hang on each other in a circle: house, post, posts",
        ),
        ('link name="post"', 'link name="posts"', "1 to 100 links, each with a name of its own"),
        ("house.obj", "../house.obj", "'../house.obj' must be a path beside the URDF, or below it"),
        ("house.obj", "/etc/house.obj", "'/etc/house.obj' must be a path beside the URDF"),
        ("house.obj", "package://a/house.obj", "'package://a/house.obj' must be a path beside"),
        ("house.obj", "hut.obj", "hut.obj cannot be read: No such file"),
        (
            "<box ",
            "<capsule ",
            "<capsule> is unknown in <geometry>. Allowed: box, cylinder, sphere",
        ),
    ],
)
def test_a_urdf_that_cannot_be_used_says_where_and_why(old, new, why, tmp_path):
    assert old in TEXT
    (tmp_path / "house.obj").write_bytes((HERE / "house.obj").read_bytes())
    (tmp_path / "bad.urdf").write_text(TEXT.replace(old, new))
    with pytest.raises(UsageError) as caught:
        read_urdf(tmp_path / "bad.urdf")
    text = str(caught.value)
    assert text.startswith(f"{tmp_path / 'bad.urdf'} cannot be used: ")
    assert why in text
    assert "docs/extending.md" in text


def test_links_in_a_circle_and_empty_ones_are_told(tmp_path):
    link, joint = '<link name="{}"/>', '<joint name="{0}" type="fixed">{1}</joint>'
    ends = '<parent link="{}"/><child link="{}"/>'
    circle = joint.format("x", ends.format("b", "c")) + joint.format("y", ends.format("c", "b"))
    for inside, why in (
        ("".join(map(link.format, "abc")) + circle, "hang on each other in a circle: "),
        (link.format("a") + link.format("b"), "one link must hang on no joint, here 2 of 2 do"),
        (link.format("a"), "nothing of it is seen or felt"),
        ("".join(link.format(i) for i in range(101)), "it must have 1 to 100 links"),
        ("<a>" * 30 + "</a>" * 30, "it has more than 5000 elements, or 20 levels"),
    ):
        (tmp_path / "a.urdf").write_text(f'<robot name="r">{inside}</robot>')
        with pytest.raises(UsageError) as caught:
            read_urdf(tmp_path / "a.urdf")
        assert why in str(caught.value)
    with pytest.raises(UsageError, match="cannot be used: No such file"):
        read_urdf(tmp_path / "b.urdf")


@given(st.data())
def test_a_damaged_urdf_is_a_body_or_one_clear_error(data):
    at = data.draw(st.integers(0, len(TEXT) - 1))
    end = data.draw(st.integers(at, min(len(TEXT), at + 40)))
    put = data.draw(st.sampled_from(["", "<", ">", '"', "0", "-9e9", "link", "<link/>", "&a;"]))
    with TemporaryDirectory() as folder:
        shutil.copy(HERE / "house.obj", folder)
        file = Path(folder, "gate.urdf")
        file.write_text(TEXT[:at] + put + TEXT[end:])
        with contextlib.suppress(UsageError):
            assert read_urdf(file).links


def test_a_thing_that_no_table_or_hand_holds_is_told():
    with pytest.raises(UsageError, match=r"'barn' 160 x 200 x 200 cm large, which no table holds"):
        from_mesh(HERE / "house.obj", ("barn",), height_m=2.0)
    with pytest.raises(
        UsageError, match=r"'villa' 12 x 15 x 15 cm large, and the gripper opens by"
    ):
        from_mesh(HERE / "house.obj", ("villa",), height_m=0.15, can={"held"})
    with pytest.raises(UsageError, match=r"'gate' 10 x 18 x 10 cm large, and the gripper"):
        from_urdf(GATE_FILE, ("gate",), can={"held"})
