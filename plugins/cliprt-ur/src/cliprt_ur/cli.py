"""Commission a Universal Robots arm, look at it, or try everything without one."""

from __future__ import annotations

import argparse
import ipaddress
import json
from dataclasses import asdict
from pathlib import Path

from cliprt.errors import RobotError, UsageError
from cliprt_ur.config import UrConfig
from cliprt_ur.config_file import check_config, default_path, format_config, load_config

HELP = "commission a Universal Robots arm, or try one without an arm"
EXAMPLE = """\
cliprt ur check 192.168.1.20
cliprt ur show 192.168.1.20
cliprt ur loopback"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add ``check | show | loopback`` and what each takes."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="check|show|loopback")
    check = actions.add_parser("check", help="guided commissioning; writes the configuration")
    check.add_argument("host", metavar="HOST", help="name or address of the arm's controller")
    _add_config(check)
    check.add_argument(
        "--yes",
        action="store_true",
        help="answer yes to everything; only for a loopback controller (127.*)",
    )
    check.add_argument("--no-motion", action="store_true", help="leave out whatever moves the arm")
    show = actions.add_parser("show", help="the configuration, and the arm as it is now")
    show.add_argument("host", metavar="HOST", help="name or address of the arm's controller")
    _add_config(show)
    show.add_argument("--format", choices=("text", "json"), default="text")
    loopback = actions.add_parser(
        "loopback", help="a controller without an arm, to try it all; until Ctrl-C"
    )
    loopback.add_argument("--host", default="127.0.0.2", help="address 127.*; default %(default)s")
    loopback.add_argument("--gui", action="store_true", help="show the arm in a window")


def run(args: argparse.Namespace) -> int:
    """Do what ``args.action`` says."""
    actions = {"check": _check, "show": _show, "loopback": _loopback}
    return actions[args.action](args)


def _add_config(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help="the arm's configuration; default ~/.config/cliprt/ur/HOST.yaml",
    )


def _check(args: argparse.Namespace) -> int:
    from cliprt_ur.check.answers import Answers, PersonAnswers, UnattendedAnswers
    from cliprt_ur.check.guide import run_check

    if args.yes and not is_loopback(args.host):
        raise UsageError(
            f"--yes moves an arm while nobody looks, and {args.host} may be a real one. Allowed:"
            " loopback addresses 127.*. Leave it out and answer at the arm."
        )
    path = args.config or default_path(args.host)
    config = _known(path, args.host) or UrConfig(host=args.host)
    check_config(config)
    answers: Answers = UnattendedAnswers() if args.yes else PersonAnswers()
    run_check(config, path, answers, may_move=not args.no_motion)
    return 0


def _show(args: argparse.Namespace) -> int:
    path = args.config or default_path(args.host)
    config = _known(path, args.host)
    live, trouble = _look(config or UrConfig(host=args.host))
    if args.format == "json":
        told = {"path": str(path), "config": config and asdict(config), "arm": live}
        print(json.dumps({**told, "trouble": trouble}, indent=2))
        return 0
    if config:
        print(f"{path}\n\n{format_config(config)}")
    else:
        print(f"{path} is not there: never commissioned. Run: cliprt ur check {args.host}\n")
    print("The arm now:")
    for name, value in live.items():
        print(f"  {name:<14} {value}")
    if trouble:
        print(f"  {trouble}")
    return 0


def _look(config: UrConfig) -> tuple[dict[str, str], str]:
    """The arm as it is now, in words, without taking control; and why it is not to be seen."""
    from cliprt_ur.check.live import read_live

    try:
        return read_live(config), ""
    except RobotError as error:
        return {}, str(error)


def _loopback(args: argparse.Namespace) -> int:
    from cliprt_ur.loopback import run_loopback

    if not is_loopback(args.host):
        raise UsageError(f"{args.host} is no loopback address. Allowed: 127.*, such as 127.0.0.2.")
    run_loopback(args.host, args.gui)
    return 0


def _known(path: Path, host: str) -> UrConfig | None:
    """The configuration in a file; None where there is no file."""
    if not path.exists():
        return None
    config = load_config(path)
    if config.host != host:
        raise UsageError(
            f"{path} is of the arm at {config.host}, not of {host}. Name another file: --config"
        )
    return config


def is_loopback(host: str) -> bool:
    """Whether an address never leaves this computer: 127.0.0.0/8, written as numbers."""
    try:
        return ipaddress.IPv4Address(host).is_loopback
    except ValueError:
        return False
