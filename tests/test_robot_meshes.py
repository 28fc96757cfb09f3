"""Meshes: what is read of OBJ and STL files, what is refused, and how they stand in the world."""

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cliprt.errors import UsageError
from cliprt.robots.meshes import Mesh, parse_obj, parse_stl, read_mesh, to_obj
from cliprt.robots.pybullet import PyBulletBackend
from cliprt.robots.world import Body, Link, Part
from cliprt.things.bounds import bounds

PYRAMID = """\
mtllib nowhere.mtl
v -1 -1 0
v 1 -1 0
v 1 1 0
v -1 1 0
v 0 0 2
f 4 3 2 1
f 1/7/1 2/8/1 5/9/1
f 2//3 3//3 -1//3
f 3 4 5
f 4 1 5
"""


def corners_of(mesh):
    """Its triangles by their corners, whatever their order."""
    return sorted(map(tuple, np.sort(mesh.vertices[mesh.triangles], axis=1).reshape(-1, 9)))


def stl_text(mesh):
    faces = "".join(
        "facet normal 0 0 0\nouter loop\n"
        + "".join(f"  vertex {x} {y} {z}\n" for x, y, z in triangle.tolist())
        + "endloop\nendfacet\n"
        for triangle in mesh.vertices[mesh.triangles]
    )
    return f"solid s\n{faces}endsolid s\n".encode()


def stl_binary(mesh):
    faces = mesh.vertices[mesh.triangles].reshape(-1, 9)
    packed = (struct.pack("<12fH", 0, 0, 0, *face, 0) for face in faces)
    return b"solid or not".ljust(80) + struct.pack("<I", len(faces)) + b"".join(packed)


def test_faces_become_triangles_whatever_else_they_name():
    mesh = parse_obj(PYRAMID.encode())
    assert mesh.vertices.shape == (5, 3)
    assert mesh.triangles.tolist()[:3] == [[3, 2, 1], [3, 1, 0], [0, 1, 4]]
    assert [edge.tolist() for edge in mesh.box] == [[-1, -1, 0], [1, 1, 2]]


@given(
    arrays(float, (6, 3), elements=st.integers(-50, 50).map(lambda n: n / 8), unique=True),
    st.lists(st.permutations(range(6)).map(lambda p: p[:3]), min_size=1, max_size=9),
)
def test_all_formats_say_the_same(vertices, triangles):
    mesh = Mesh(vertices, np.array(triangles))
    used = vertices[mesh.triangles].reshape(-1, 3)
    if not (np.ptp(used, axis=0) > 0).all():
        with pytest.raises(ValueError, match="it is flat"):
            parse_stl(stl_binary(mesh))
        return
    for again in (
        parse_obj(to_obj(mesh).encode()),
        parse_stl(stl_text(mesh)),
        parse_stl(stl_binary(mesh)),
    ):
        assert corners_of(again) == corners_of(mesh)


@given(
    st.sampled_from([parse_obj, parse_stl]),
    st.one_of(st.binary(), st.text("vf solidertx0123456789./-\n").map(str.encode)),
)
def test_any_bytes_are_a_mesh_or_one_reason(parse, data):
    try:
        mesh = parse(data)
    except ValueError:
        return
    assert mesh.triangles.max() < len(mesh.vertices)


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("a.obj", "v 0 0\nf 1 1 1", "a corner has not three numbers"),
        ("a.obj", "v 0 0 zero", "line 1 is 'v 0 0 zero'"),
        ("a.obj", "v 0 0 0\nf 1 2 3", "line 2 is 'f 1 2 3'"),
        ("a.obj", "v 0 0 0\nf 1 1 0", "line 2"),
        ("a.obj", "v 0 0 0", "it has no triangles"),
        ("a.obj", "v 0 0 nan\nv 1 1 1\nf 1 2 2", "a corner is nowhere"),
        ("a.obj", "v 0 0 0\nv 1 1 0\nf 1 2 2", "it is flat"),
        ("a.obj", "v 0 0 0\nv 1 1 1\n" + "f 1 2 1\n" * 50_001, "it has more than 50000 triangles"),
        ("a.stl", "not so", "no STL file, neither a binary one nor a text"),
        ("a.stl", "solid a\nvertex 0 0 0\n", "its last triangle is not whole"),
        ("a.stl", "solid a\nvertex 0 0 x\n", "could not convert"),
        ("a.stl", "solid a\nvertex 0 0\n", "a corner has not three numbers"),
        ("a.stl", "solid a\n" + "vertex 0 0 0\n" * 150_001, "it has more than 50000 triangles"),
        ("a.ply", "ply", "its name must end in .obj or .stl"),
    ],
)
def test_what_is_no_mesh_is_told(name, text, why, tmp_path):
    (tmp_path / name).write_text(text)
    with pytest.raises(UsageError) as caught:
        read_mesh(str(tmp_path / name))
    assert f"the mesh {tmp_path / name} cannot be used: " in str(caught.value)
    assert why in str(caught.value)
    assert "Export it again as OBJ or STL" in str(caught.value)


def test_a_mesh_that_is_missing_or_enormous_is_not_opened(tmp_path):
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        read_mesh(str(tmp_path / "a.obj"))
    with (tmp_path / "b.obj").open("wb") as file:
        file.truncate(1 << 30)
    with pytest.raises(UsageError, match="more than 16777216 bytes"):
        read_mesh(str(tmp_path / "b.obj"))


def test_a_mesh_stands_is_seen_and_is_restored(tmp_path):
    file = tmp_path / "a mesh & more.obj"
    file.write_text(PYRAMID)
    part = Part("mesh", (0.02, 0.03, 0.04), colour=(0.9, 0.1, 0.1), file=str(file))
    body = Body("pyramid", (Link("stone", (part,)),))
    assert bounds(body) == ((-0.02, -0.03, 0.0), (0.02, 0.03, 0.08))
    with PyBulletBackend(cameras=("scene",)) as robot:
        world = robot.simulation
        empty = robot.observe().images["scene"].astype(int)
        world.add(body, (0.5, 0.0, 0.0, 0.0, 0.0, 0.4))
        world.settle(0.3)
        assert world.pose("pyramid")[:3] == pytest.approx((0.5, 0.0, 0.0), abs=0.002)
        image = robot.observe().images["scene"].astype(int)
        redder = (image - empty) @ (1, -1, -1) > 40
        assert redder.sum() > 20
        kept = world.snapshot()
        pose = world.pose("pyramid")
        world.set_pose("pyramid", (0.4, 0.1, 0.1, 0.0, 0.0, 0.0))
        world.restore(kept)
        assert world.pose("pyramid") == pose
        assert world.body("pyramid") == body
        assert (robot.observe().images["scene"] == image).all()


def test_a_broken_mesh_is_no_broken_world(tmp_path):
    part = Part("mesh", (1, 1, 1), file=str(tmp_path / "gone.obj"))
    with PyBulletBackend(cameras=()) as robot:
        with pytest.raises(UsageError, match="cannot be read"):
            robot.simulation.add(Body("gone", (Link("gone", (part,)),)), (0.5, 0, 0, 0, 0, 0))
        assert robot.simulation.bodies == ()
