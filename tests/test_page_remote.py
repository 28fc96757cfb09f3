"""A policy that runs elsewhere, tried at the page: there at once, and it stands when it is lost."""

from __future__ import annotations

import numpy as np
import pytest
from desk_driver import Driver
from policy_server import PolicyServer
from test_page_training import wait_until

from cliprt.page.attempts import to_page_recipe
from cliprt.page.messages import Begin, Confirm, Ended, Finish, GoOn, Proposed, Stepped
from cliprt.page.training import Trainer
from cliprt.recipe.load import load_recipe
from cliprt.stages.run_folder import open_run

pytest.importorskip("pybullet")
pytestmark = pytest.mark.slow

UP = np.array([[0, 0, 0.02, 0, 0, 0, 0, 0]], np.float32)


def test_it_can_be_tried_at_once_and_stands_while_its_server_is_lost(tmp_path):
    with PolicyServer(answer=lambda fields: {"actions": UP}) as server:
        changes = [f"policy.url={server.url}", "robot.image_size=32", "policy.deadline_s=60"]
        recipe = load_recipe("remote", changes)
        run = open_run(recipe, tmp_path / "run")
        trainer = Trainer(recipe, run)
        trainer.start("taught")
        wait_until(lambda: not trainer.progress.is_under_way, 600.0)
        learnt = trainer.progress.learnt
        assert learnt.policy, trainer.progress.error
        server.plan += ["", "hang_up"]
        with Driver(to_page_recipe(recipe), run.path) as driver:
            driver.until_state("idle")
            driver.desk.send(
                Begin("close_laptop", checkpoint=learnt.checkpoint, policy=learnt.policy)
            )
            shown = driver.until(Proposed)
            assert shown.reading.primitives[0].motion[2] == pytest.approx(0.02)
            driver.desk.send(Confirm(True))
            assert not driver.until(Stepped).step.refused
            stopped = driver.until_state("stopped")
            assert stopped.reason == (
                f"the policy's server {server.url} hung up without an answer."
            )
            driver.desk.send(GoOn())
            driver.until(Proposed)
            driver.desk.send(Finish(success=False))
            assert driver.until(Ended).steps == 1
