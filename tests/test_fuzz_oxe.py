"""Sets and columns that no honest program wrote: labelled, or refused in words."""

from __future__ import annotations

import numpy as np
import yaml
from fuzzing import altered, damaged, fuzz, only_refusals
from hypothesis import example, given
from hypothesis import strategies as st

from cliprt.oxe.labels import instruction_of, label_episode
from cliprt.oxe.observed import DROPPED, OPEN
from cliprt.oxe.sets import RULES, all_sets, wanted_columns

ROW = {
    "name": "my_robot",
    "rate_hz": 10,
    "image": "observation/image",
    "text": "language_instruction",
    "pose": {
        "position": "state[:3]",
        "rotation": "state[3:6]",
        "form": "euler",
        "frame": "y -x z",
        "per_metre": 1000,
        "degrees": True,
        "gripper": "state[-1:]",
        "open": 0.085,
        "first": 1,
    },
    "action": {"position": "action[:3]", "gripper": "action[-1:]", "gripper_rule": "relative"},
    "released": {"per_metre": 100, "frame": "-x y z", "later_image": 3},
}
TEXT = yaml.safe_dump({"sets": [ROW]}).encode()
STEPS = 7
NUMBERS = st.sampled_from([0.0, 1.0, -1.0, 1e-9, 1e30, -1e300, np.nan, np.inf, -np.inf])


def read_and_label(path):
    columns = {
        "steps/state": np.arange(STEPS * 7.0).reshape(STEPS, 7),
        "steps/action": np.ones((STEPS, 7)),
        "steps/observation/image": [b""] * STEPS,
        "steps/language_instruction": [b"Do it"] * STEPS,
    }
    for one in all_sets(path):
        for rule in RULES:
            wanted_columns(one, rule)
            label_episode(one, rule, columns)


@fuzz
def test_fuzz_a_file_of_sets(go_on, tmp_path):
    path = tmp_path / "sets.yaml"

    @given(damaged(TEXT))
    def check(data):
        path.write_bytes(data)
        with only_refusals():
            read_and_label(path)

    go_on(check)


@fuzz
def test_fuzz_a_row_of_a_set(go_on, tmp_path):
    path = tmp_path / "sets.yaml"

    @given(altered(ROW))
    @example({**ROW, "action": {"position": "action[:3]", "gripper": "action[-1:]"}})
    @example({**ROW, "image": "9" * 5000})
    def check(row):
        text = yaml.safe_dump({"sets": [row]}, allow_unicode=True)
        path.write_text(text, encoding="utf-8", errors="replace")
        with only_refusals():
            read_and_label(path)

    go_on(check)


@fuzz
def test_fuzz_the_columns_of_an_episode(go_on):
    sets = all_sets()

    @given(st.sampled_from(sets), st.integers(0, 9), st.data())
    def check(one, steps, data):
        columns = {f"steps/{one.image}": [b""] * steps}
        for rule in RULES:
            for key in wanted_columns(one, rule):
                width = data.draw(st.sampled_from([0, 1, 2, 3, 7, 8, 16, 24]))
                values = data.draw(st.lists(NUMBERS, min_size=1, max_size=5))
                columns.setdefault(key, np.resize(values, (steps, width)))
            with only_refusals():
                labels = label_episode(one, rule, columns)
                assert labels.shape == (steps,)
                assert ((labels >= DROPPED) & (labels <= OPEN)).all()
        with only_refusals():
            assert isinstance(instruction_of(one, columns), str)

    go_on(check)
