"""``python -m cliprt_ur.testing``: a controller without an arm, until Ctrl-C."""

from __future__ import annotations

import argparse
import asyncio
import sys


def main() -> int:
    """Run a loopback controller by hand."""
    parser = argparse.ArgumentParser(
        prog="python -m cliprt_ur.testing",
        description="A UR5e's controller without the arm: RTDE, dashboard, script port, gripper.",
    )
    parser.add_argument("--host", default="127.0.0.2", help="loopback address (%(default)s)")
    parser.add_argument(
        "--time-scale",
        type=float,
        default=1.0,
        help="how long a second of the arm's motions takes (%(default)s s)",
    )
    parser.add_argument("--local", action="store_true", help="not in remote control")
    parser.add_argument("--no-gripper", action="store_true", help="nothing on port 63352")
    parser.add_argument("--until-eof", action="store_true", help="end with standard input")
    args = parser.parse_args()

    from cliprt_ur.testing.cabinet import Cabinet
    from cliprt_ur.testing.process import run_process

    cabinet = Cabinet(
        time_scale=args.time_scale, remote=not args.local, gripper=not args.no_gripper
    )
    try:
        asyncio.run(run_process(args.host, cabinet, until_eof=args.until_eof))
    except KeyboardInterrupt:
        return 130
    except OSError as error:
        print(f"{args.host} cannot be a controller's address: {error.strerror}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
