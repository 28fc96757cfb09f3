"""What a client sends becomes what the policy looks at, or is refused by name."""

from __future__ import annotations

import numpy as np
import pytest

from cliprt.data.columns import STATE, Needs, state_of
from cliprt.errors import UsageError
from cliprt.protocols.arrays import MalformedMessage
from cliprt.serving.observing import choose_keys, read_observation

NEEDS = Needs(("scene", "wrist"), ("tcp_pose", "joints", "gripper"))
PICTURE = np.arange(75, dtype=np.uint8).reshape(5, 5, 3)
POSE = (0.4, 0.1, 0.2, 0.0, 3.1, 0.0)


def test_keys_are_each_protocols_own_but_for_those_that_are_named():
    usual = choose_keys("vla_eval", NEEDS)
    assert usual.images == {"scene": "images/scene", "wrist": "images/wrist"}
    assert usual.state == {"state": NEEDS.state}
    assert usual.prompt == "task_description"
    named = choose_keys("openpi", NEEDS, ["cam=wrist"], ["q=joints", "ee=tcp_pose,gripper"], "task")
    assert named.images == {"scene": "observation/scene", "wrist": "cam"}
    assert named.state == {"q": ("joints",), "ee": ("tcp_pose", "gripper")}
    assert named.prompt == "task"


def test_all_state_columns_travel():
    keys = choose_keys("openpi", Needs((), tuple(STATE)))
    numbers = [*POSE, *np.add(POSE, 1), 1.0, 2.0, 3.0, 0.0, 0.07]
    seen, asked = read_observation({"observation/state": numbers, "prompt": "go"}, keys)
    assert seen.tcp_pose == POSE
    assert seen.commanded_pose == tuple(np.add(POSE, 1))
    assert seen.joints == (1.0, 2.0, 3.0)
    assert seen.gripper == "closed"
    assert seen.gripper_opening_m == 0.07
    assert state_of(seen, tuple(STATE)).tolist() == np.float32(numbers).tolist()
    assert asked == "go"


def test_an_observation_of_openpis_example_is_read():
    """Keys and nesting as its clients for DROID and ALOHA have them."""
    keys = choose_keys(
        "openpi", Needs(("scene", "wrist")), ["observation/left=scene", "images/w=wrist"]
    )
    sent = {
        "observation/left": PICTURE,
        "images": {"w": PICTURE.transpose(2, 0, 1)},
        "observation/joint_position": np.zeros(7),
        "prompt": "pick up the fork",
    }
    seen, asked = read_observation(sent, keys)
    assert np.array_equal(seen.images["scene"], PICTURE)
    assert np.array_equal(seen.images["wrist"], PICTURE)
    assert asked == "pick up the fork"


def test_whoever_says_nothing_means_the_usual_instruction():
    keys = choose_keys("openpi", Needs(()), instruction="close the laptop")
    assert read_observation({}, keys)[1] == "close the laptop"
    assert read_observation({"prompt": ""}, keys)[1] == "close the laptop"
    assert read_observation({"prompt": None}, keys)[1] == "close the laptop"
    assert read_observation({"prompt": "open it"}, keys)[1] == "open it"
    with pytest.raises(MalformedMessage, match="not an instruction"):
        read_observation({"prompt": np.zeros(2)}, keys)


def test_an_instruction_in_a_map_wins_over_the_usual_one():
    keys = choose_keys("openpi", Needs(()), prompt="task/words", instruction="close the laptop")
    assert read_observation({"task": {"words": "open it"}}, keys)[1] == "open it"
    assert read_observation({"task": {}}, keys)[1] == "close the laptop"


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"observation/scene": None}, "'observation/scene' is NoneType (None), not a picture"),
        ({"observation/scene": PICTURE / 255}, "type float64, not a picture: uint8 of shape"),
        ({"observation/state": [0.0] * 7}, "has 7 numbers. Expected more than 7: tcp_pose, joints"),
        ({"observation/state": [np.nan] * 9}, "not a row of finite numbers"),
        ({"observation/state": PICTURE}, "not a row of finite numbers"),
        ({"prompt": 7}, "'prompt' is int (7), not an instruction"),
    ],
)
def test_what_is_no_observation_is_refused_by_name(changed, told):
    keys = choose_keys("openpi", NEEDS)
    sent = {"observation/scene": PICTURE, "observation/wrist": PICTURE, "prompt": "go"}
    sent["observation/state"] = [*POSE, 1.0, 2.0, 1.0]
    assert read_observation(sent, keys)[0].joints == (1.0, 2.0)
    with pytest.raises(MalformedMessage) as refused:
        read_observation({**sent, **changed}, keys)
    assert told in str(refused.value)
    for key in sent:
        with pytest.raises(MalformedMessage, match=f"the observation has no '{key}'"):
            read_observation({k: v for k, v in sent.items() if k != key}, keys)


def test_a_fixed_number_of_numbers_is_counted_exactly():
    keys = choose_keys("openpi", Needs((), ("gripper",)))
    for numbers in ([], [1.0, 0.0]):
        with pytest.raises(MalformedMessage, match="Expected 1: gripper"):
            read_observation({"observation/state": numbers, "prompt": "go"}, keys)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"images": ["a=scen"]}, "--image is 'a=scen': expected KEY=NAME. Did you mean 'scene'?"),
        ({"images": ["scene"]}, "The policy looks at the cameras scene, wrist."),
        ({"state": ["a=pose"]}, "The policy looks at the columns tcp_pose, joints, gripper."),
        ({"images": ["a=scene", "b=scene"]}, "--image names 'scene' twice"),
    ],
)
def test_keys_that_make_no_sense_are_said_before_anything_starts(options, told):
    with pytest.raises(UsageError) as refused:
        choose_keys("openpi", NEEDS, **options)
    assert told in str(refused.value)
