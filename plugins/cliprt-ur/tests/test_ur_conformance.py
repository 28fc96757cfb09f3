"""The contract of a robot holds on the arm, also a hundred times as exact as it demands."""

import math

from cliprt.testing import check_robot
from cliprt_ur.backend import UrBackend
from cliprt_ur.config_file import save_config


def test_the_contract_holds_to_a_tenth_of_a_millimetre(controller, config, tmp_path):
    save_config(config, tmp_path / "arm.yaml")
    check_robot(
        UrBackend(controller.host, config=str(tmp_path / "arm.yaml")),
        tolerance_m=1e-4,
        tolerance_rad=math.radians(0.01),
    )
