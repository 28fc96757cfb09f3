"""What comes over the wire: read as it was meant, or refused in words before it costs anything."""

from __future__ import annotations

import io
import tracemalloc

import msgpack
import numpy as np
import pytest
from fuzzing import fuzz, only_refusals
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from cliprt.protocols import openpi, vla_eval
from cliprt.protocols.actions import ActionSpec, to_steps
from cliprt.protocols.arrays import Limits, MalformedMessage, pack, unpack
from cliprt.protocols.messages import find, to_actions, to_numbers, to_picture, to_words
from cliprt.types import NO_MOTION, Observation, PlannedStep, Primitive

NUMBERS = ("|b1", "|u1", "<i2", "<i8", ">f4", "<f8", "<f2")
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False)
    | st.text(max_size=40)
    | st.binary(max_size=300)
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=20) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=40,
)


@given(VALUES)
def test_what_is_packed_is_unpacked(value):
    assert unpack(pack(value)) == value


@pytest.mark.parametrize("text_keys", [False, True])
@given(
    value=st.sampled_from(NUMBERS).flatmap(
        lambda dtype: arrays.arrays(dtype, arrays.array_shapes(min_dims=0, min_side=0))
    )
)
def test_arrays_travel_bit_for_bit(text_keys, value):
    back = unpack(pack({"one": value}, text_keys))["one"]
    assert back.shape == value.shape
    assert back.dtype == value.dtype.newbyteorder("=")
    assert back.tobytes() == value.astype(back.dtype).tobytes()


def test_arrays_of_openpis_client_are_read():
    """The bytes that openpi-client 0.1.2 sends for these."""
    sent = {
        "state": {
            b"__ndarray__": True,
            b"data": np.arange(3, dtype="<f4").tobytes(),
            b"dtype": "<f4",
            b"shape": (3,),
        },
        "gain": {b"__npgeneric__": True, b"data": 0.5, b"dtype": "<f4"},
    }
    read = openpi.read(msgpack.packb(sent))
    assert read["state"].tolist() == [0.0, 1.0, 2.0]
    assert read["gain"] == np.float32(0.5)
    assert msgpack.unpackb(pack({"a": np.float32(1.5)})) == {"a": 1.5}


def test_pictures_of_vla_evals_client_are_read():
    image = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)
    png = io.BytesIO()
    Image.fromarray(image).save(png, "PNG")
    coded = {"__image__": True, "format": "png", "data": png.getvalue(), "shape": [4, 4, 3]}
    raw = {"__image__": True, "format": "raw", "data": image.tobytes()}
    raw |= {"dtype": "|u1", "shape": [4, 4, 3]}
    read = unpack(msgpack.packb({"a": coded, "b": raw}))
    assert np.array_equal(read["a"], image)
    assert np.array_equal(read["b"], image)


def an_array(**changed):
    plain = {"__ndarray__": True, "data": b"\0" * 8, "dtype": "<f4", "shape": [2]}
    return msgpack.packb({"a": {**plain, **changed}})


def a_picture(side):
    png = io.BytesIO()
    Image.new("RGB", (side, side)).save(png, "PNG")
    return {"__image__": True, "format": "png", "data": png.getvalue()}


SMALL = Limits(most_bytes=30_000, most_items=100, most_depth=4)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "the message is cut off"),
        (b"\xc1", "byte 0 of the message begins a value that is not spoken here"),
        (msgpack.packb(msgpack.ExtType(5, b"cos\nsystem")), "that is not spoken here"),
        (msgpack.packb(msgpack.Timestamp(1)), "that is not spoken here"),
        (pack([1, 2])[:-1], "the message is cut off"),
        (pack(1) + pack(2), "1 bytes follow the message's end"),
        (b"\0" * 30_001, "the message has more than 30000 bytes"),
        (b"\xc6\x3f\xff\xff\xff", "the message is cut off"),
        (b"\xdd\xff\xff\xff\xff", "the message holds more than 100 values"),
        (b"\xdf\xff\xff\xff\xff", "the message holds more than 100 values"),
        (pack([[0] * 60, [0] * 60]), "the message holds more than 100 values"),
        (pack([[[[[1]]]]]), "the message is nested deeper than 4 levels"),
        (b"\xa2\xff\xff", "is no MessagePack that is spoken here"),
        (msgpack.packb({1: 2}), "is no MessagePack that is spoken here"),
        (an_array(dtype="|O"), "cannot have the type '|O'. Allowed: truth values, integers"),
        (an_array(dtype="|V8", shape=[1]), "cannot have the type '|V8'"),
        (an_array(dtype="<c8", shape=[1]), "cannot have the type '<c8'"),
        (an_array(dtype="i4,i4", shape=[1]), "cannot have the type 'i4,i4'"),
        (an_array(dtype=7), "cannot have the type 7"),
        (an_array(shape=[3]), "of shape (3,) and type float32 cannot have 8 bytes"),
        (an_array(shape=[-2, -1]), "cannot have the shape [-2, -1]"),
        (an_array(shape=[True, 2]), "cannot have the shape [True, 2]"),
        (an_array(shape=[2**31, 0]), "cannot have the shape [2147483648, 0]"),
        (an_array(shape=[1] * 9), "a shape of at most 8 numbers"),
        (an_array(data="12345678"), "an array needs bytes"),
        (
            msgpack.packb({b"__npgeneric__": True, b"data": 300, b"dtype": "|u1"}),
            "300 is no number of type uint8",
        ),
        (msgpack.packb({"__image__": True, "format": "png", "data": 3}), "data are no bytes"),
        (
            msgpack.packb({"__image__": True, "format": "png", "data": b"GIF89a"}),
            "a picture cannot be read",
        ),
        (
            msgpack.packb([a_picture(80), a_picture(80)]),
            "all pictures together have more than 30000 bytes",
        ),
    ],
)
def test_what_is_malformed_is_refused_in_words(data, told):
    with pytest.raises(MalformedMessage, match=r"^[^\n]{1,200}$") as refused:
        unpack(data, SMALL)
    assert told in str(refused.value)


def test_a_few_bytes_cannot_ask_for_much_memory():
    wide = b"\xdd\x00\x00\x0f\xff" * 15  # lists of 4,095 in one another
    for data in (wide, b"\xdd\x0f\xff\xff\xff", b"\x91" * 100_000, b"\x80" * 8_000_000):
        tracemalloc.start()
        with pytest.raises(MalformedMessage):
            unpack(data)
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
        tracemalloc.stop()


@fuzz
def test_fuzz_messages(go_on):
    picture = np.zeros((4, 4, 3), np.uint8)
    seen = {"observation": {"image": picture, "state": [1.0, 2.0]}, "prompt": "open the box"}
    frames = [
        openpi.write(seen),
        vla_eval.write(vla_eval.Message("observation", seen, 3, 1.5)),
        msgpack.packb({"type": "hello", "payload": a_picture(4), "seq": 1, "timestamp": 0}),
    ]

    @given(st.sampled_from(frames), st.data())
    def check(frame, data):
        changed = bytearray(frame)
        for _ in range(data.draw(st.integers(0, 4))):
            place = data.draw(st.integers(0, len(changed) - 1))
            changed[place] = data.draw(st.integers(0, 255))
        for read in (openpi.read, vla_eval.read):
            with only_refusals():
                read(bytes(changed))

    go_on(check)


def test_vla_evals_messages_travel_whole():
    message = vla_eval.Message("action", {"actions": [1.0]}, 7, 12.5)
    assert vla_eval.read(vla_eval.write(message)) == message
    vla_eval.check_version(vla_eval.hello(model_server="x"))


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"type": "shutdown"}, "type is 'shutdown'. Allowed: hello, observation, action"),
        ({"payload": [1]}, "payload is no map"),
        ({"seq": -1}, "seq is -1, no number from 0 on"),
        ({"seq": True}, "seq is True"),
        ({"timestamp": float("nan")}, "timestamp is nan, no time"),
    ],
)
def test_vla_evals_messages_have_all_their_fields(changed, told):
    plain = {"type": "hello", "payload": {}, "seq": 0, "timestamp": 0.0}
    with pytest.raises(MalformedMessage, match="message") as refused:
        vla_eval.read(pack({**plain, **changed}))
    assert told in str(refused.value)


def test_other_versions_and_other_frames_are_refused():
    with pytest.raises(MalformedMessage, match="speaks version 2 of the protocol"):
        vla_eval.check_version({"protocol_version": 2})
    with pytest.raises(MalformedMessage, match="the message is no map"):
        vla_eval.read(pack([1]))
    with pytest.raises(MalformedMessage, match="is no map whose keys are texts"):
        openpi.read(msgpack.packb({b"prompt": 1}))


def test_keys_find_what_is_nested_and_say_what_there_is():
    seen = {"images": {"scene": 1}, "observation/state": 2, "prompt": "go"}
    assert find(seen, "images/scene") == 1
    assert find(seen, "observation/state") == 2
    told = "no 'images/scenes'. Did you mean 'images/scene'? It has: images/scene, observation"
    with pytest.raises(MalformedMessage, match="the observation has") as refused:
        find(seen, "images/scenes")
    assert told in str(refused.value)


def test_values_are_what_they_should_be_or_refused():
    picture = np.arange(60, dtype=np.uint8).reshape(5, 4, 3)
    assert to_picture(picture.transpose(2, 0, 1), "a").tolist() == picture.tolist()
    for value in (picture.astype(float), picture[..., 0], picture[:0], "x"):
        with pytest.raises(MalformedMessage, match="not a picture: uint8"):
            to_picture(value, "a")
    assert to_numbers([1, 2.5], "s").tolist() == [1.0, 2.5]
    assert to_numbers(np.float32(3), "s").tolist() == [3.0]
    for value in ([float("nan")], [[1.0]], "one", None, {}):
        with pytest.raises(MalformedMessage, match="not a row of finite numbers"):
            to_numbers(value, "s")
    for value in ("  ", "x" * 2001, b"go", None):
        with pytest.raises(MalformedMessage, match="not an instruction of at most 2000"):
            to_words(value, "prompt")


def test_actions_say_what_the_gripper_does():
    steps = [
        PlannedStep(Primitive(1, "a", (0.1, 0, 0, 0, 0, 0.2, 0.3))),
        PlannedStep(Primitive(2, "b", gripper="open")),
        PlannedStep(Primitive(3, "c", gripper="closed")),
    ]
    actions = to_actions(steps)
    assert actions.dtype == np.float32
    assert actions[0].tolist() == np.float32([0.1, 0, 0, 0, 0, 0.2, 0.3, 0]).tolist()
    assert actions[:, 7].tolist() == [0.0, 1.0, -1.0]
    assert to_actions([]).shape == (0, 8)
    home = (0.4, 0.0, 0.2, 0.0, 0.0, 0.0)
    seen = Observation({}, home, home, (), "closed", 0.0, 0.0)
    assert [
        (s.primitive.motion, s.primitive.gripper) for s in to_steps(actions, seen, ActionSpec())
    ] == [
        (tuple(np.float32([0.1, 0, 0, 0, 0, 0.2, 0.3]).tolist()), None),
        (NO_MOTION, "open"),
        (NO_MOTION, "closed"),
    ]
