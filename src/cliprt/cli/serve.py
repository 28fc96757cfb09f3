"""``cliprt serve``: let robots elsewhere ask a trained policy, over a WebSocket.

Clients of openpi and of vla-eval are understood as they are; cliprt's own robots ask by the policy
``remote``. See docs/serving.md for what to send and what comes back.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from cliprt.cli.output import note
from cliprt.errors import MissingExtraError, UsageError, did_you_mean
from cliprt.protocols import ProtocolName

if TYPE_CHECKING:
    from cliprt.recipe.schema import RuntimeSection
    from cliprt.serving.access import Access
    from cliprt.serving.server import PolicyServer

EXAMPLE = """
cliprt serve runs/finetune_novel
cliprt serve runs/finetune_novel --instruction 'close the laptop' runtime.device=cuda
cliprt serve runs/finetune_novel --image observation/exterior_image_1_left=scene
cliprt serve runs/finetune_novel --host 0.0.0.0 --key-file key.txt
"""

MOST_ROBOTS = 1000
LARGEST_KEY_FILE = 4096


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("policy", type=Path, help="a run folder, or a checkpoint folder in it")
    parser.add_argument(
        "overrides", nargs="*", metavar="runtime.key=value", help="where and how it computes"
    )
    parser.add_argument(
        "--host",
        default="127.0.0.1",
        help="address to serve at (default: 127.0.0.1, this machine only); any other needs a key",
    )
    parser.add_argument("--port", type=int, default=8000, help="default: 8000; 0 = a free one")
    parser.add_argument(
        "--key-file",
        type=Path,
        metavar="FILE",
        help="with the key that clients have to show (default: CLIPRT_SERVE_KEY, if it is set)",
    )
    parser.add_argument(
        "--protocol",
        default="openpi",
        choices=get_args(ProtocolName),
        help="spoken at / (default: openpi); /openpi and /vla_eval speak theirs",
    )
    parser.add_argument(
        "--image",
        action="append",
        default=[],
        metavar="KEY=CAMERA",
        help="where clients send a camera's picture (default: observation/CAMERA for openpi,"
        " images/CAMERA for vla_eval)",
    )
    parser.add_argument(
        "--state",
        action="append",
        default=[],
        metavar="KEY=COLUMN,...",
        help="where clients send numbers of the arm (default: observation/state, state)",
    )
    parser.add_argument(
        "--prompt",
        metavar="KEY",
        help="where clients send the instruction (default: prompt, task_description)",
    )
    parser.add_argument(
        "--instruction",
        action="append",
        default=[],
        metavar="TEXT",
        help="what clients are going to ask for, prepared before they do; the first is meant where"
        " a client says nothing",
    )
    parser.add_argument("--robots", type=int, default=64, help="at once, at most (default: 64)")
    parser.add_argument(
        "--batch", type=int, default=16, help="robots that are decided for together (default: 16)"
    )
    parser.add_argument(
        "--patience",
        type=float,
        default=60.0,
        metavar="SECONDS",
        help="after which a robot is told that there is no answer (default: 60)",
    )


def run(args: argparse.Namespace) -> int:
    """Serve until Ctrl-C."""
    for module in ("websockets", "msgpack"):
        if importlib.util.find_spec(module) is None:
            raise MissingExtraError(
                f"serving a policy needs {module}, which is not installed. Type: pip install"
                " 'cliprt[serve]'"
            )
    _check_numbers(args)
    from cliprt.serving.access import VARIABLE, Access
    from cliprt.serving.address import bind, shown_host

    key = _read_key(args.key_file) if args.key_file else os.environ.get(VARIABLE) or None
    access = Access(args.host, key)
    with bind(args.host, args.port, "the policy") as listening:
        server, about = _build(args, access)
        from cliprt.serving.server import serve

        address = f"ws://{shown_host(args.host)}:{listening.getsockname()[1]}"
        try:
            serve(server, listening, lambda: note(f"Robots can ask at {address} {about}"))
        except KeyboardInterrupt:
            raise KeyboardInterrupt("the server has stopped, its robots were told") from None
    return 0


def _build(args: argparse.Namespace, access: Access) -> tuple[PolicyServer, str]:
    """The server, and what it looks at in words."""
    from cliprt.policies.description import load_description
    from cliprt.serving.connection import Bounds
    from cliprt.serving.observing import choose_keys
    from cliprt.serving.served import load_served
    from cliprt.serving.server import PolicyServer
    from cliprt.stages.run_folder import announce_policy, find_checkpoint

    checkpoint = find_checkpoint(args.policy)
    stored = load_description(checkpoint)["recipe"].get("runtime", {})
    runtime = _runtime(stored, args.overrides)
    announce_policy(checkpoint)
    policy = load_served(checkpoint, runtime, args.instruction)
    default = args.instruction[0] if args.instruction else None
    keys = {
        name: choose_keys(name, policy.needs, args.image, args.state, args.prompt, default)
        for name in sorted(get_args(ProtocolName), key=lambda name: name != args.protocol)
    }
    bounds = Bounds(most_clients=args.robots, answer_s=args.patience)
    chosen = keys[args.protocol]
    looked = [*chosen.images.values(), *chosen.state, chosen.prompt]
    about = f"({args.protocol}); it looks at {', '.join(looked)}"
    return PolicyServer(policy, keys, access, bounds, args.batch), about


def _check_numbers(args: argparse.Namespace) -> None:
    limits = {
        "port": (0, 65535),
        "robots": (1, MOST_ROBOTS),
        "batch": (1, MOST_ROBOTS),
        "patience": (0.1, 3600),
    }
    for name, (low, high) in limits.items():
        value = getattr(args, name)
        if not low <= value <= high:
            raise UsageError(f"--{name} is {value}. Allowed: {low} to {high}")


def _read_key(file: Path) -> str:
    from cliprt.data.boundary import read_plain

    try:
        return read_plain(file, LARGEST_KEY_FILE, None).decode("ascii").strip()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is no line of plain characters"
        raise UsageError(f"--key-file {file} cannot be read: {reason}") from error


def _runtime(stored: object, overrides: list[str]) -> RuntimeSection:
    """The checkpoint's section ``runtime``, with what was typed."""
    import dataclasses

    import yaml

    from cliprt.data.schema import build
    from cliprt.recipe.schema import RuntimeSection

    allowed = [f"runtime.{field.name}" for field in dataclasses.fields(RuntimeSection)]
    values = dict(stored) if isinstance(stored, dict) else {}
    for word in overrides:
        key, equals, text = word.partition("=")
        if not equals or key not in allowed:
            hint = did_you_mean(key, allowed)
            told = ", ".join(f"{name}=..." for name in allowed)
            raise UsageError(f"{word!r} is not understood.{hint} Allowed: {told}")
        values[key.partition(".")[2]] = yaml.safe_load(text)
    values["instructions"] = _matcher(values.get("instructions", "literal"))
    try:
        return build(RuntimeSection, values, "runtime")
    except ValueError as error:
        raise UsageError(str(error)) from error


def _matcher(value: object) -> dict[str, object]:
    """``runtime.instructions`` as it is stored, from how it is stored or typed."""
    import dataclasses

    from cliprt.recipe.check import check_component

    given = dict(value) if isinstance(value, dict) else {"name": value}
    name, options = str(given.pop("name", "")), given.pop("options", given)
    words = [f"{key}={option}" for key, option in dict(options).items() if key != "label"]
    return dataclasses.asdict(check_component("matcher", name, words))
