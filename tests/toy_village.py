"""A stranger's package of things, as docs/extending.md shows it: two files beside the code."""

from pathlib import Path

from cliprt.things.files import from_mesh, from_urdf

HERE = Path(__file__).parent
HOUSE = from_mesh(
    HERE / "house.obj",
    ("house", "toy house"),
    height_m=0.06,
    colour=(0.8, 0.3, 0.2),
    can={"held"},
    grasp=(0.0, 0.0, 0.025, 0.0),
)
GATE = from_urdf(HERE / "gate.urdf", ("gate", "garden gate"))
