"""A program that moves an arm up and down until somebody ends it; says where it is after each."""

import json
import sys
import time

from cliprt_ur.config import Arm, Limits, UrConfig
from cliprt_ur.driver.link import ArmLink


def main(host: str) -> None:
    """Never rests; after trouble it asks in vain, but where this computer was too busy."""
    limits = Limits(speed_m_s=0.25, acceleration_m_s2=1.2, deceleration_m_s2=10.0)
    link = ArmLink(UrConfig(host, Arm(checked="2026-01-01"), limits=limits))
    start = link.connect().pose
    low = (*start[:2], start[2] - 0.15, *start[3:])
    print(json.dumps({"pid": link.pid}), flush=True)
    here, there = start, low
    while True:
        result = link.move(here, there, None, None)
        facts = {"trouble": result.trouble, "stopped_after_s": result.stopped_after_s}
        print(json.dumps({**facts, "at_s": time.monotonic()}), flush=True)
        here, there = there, here
        if "heard nothing from this computer" in result.trouble:
            here = link.connect().pose
        elif link.trouble:
            time.sleep(0.02)


if __name__ == "__main__":
    main(sys.argv[1])
