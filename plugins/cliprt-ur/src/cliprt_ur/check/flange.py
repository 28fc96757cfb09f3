"""Stage 3: what hangs on the flange, as the pendant has it and as the configuration has it."""

from __future__ import annotations

import numpy as np

from cliprt_ur import registered
from cliprt_ur.check.commissioning import Commissioning
from cliprt_ur.check.installation import Installation, read_installation

SAME_KG, SAME_M, SAME_RAD = 0.005, 0.0005, 0.002


def check_flange(visit: Commissioning) -> None:
    """Payload, tool centre point and kind of gripper.

    Raises:
        LeftEarlyError: The controller does not tell; the person leaves it at that.
    """
    visit.say(
        "  Wrong payload makes the arm stop by itself; a wrong tool centre point makes it turn"
        " about the wrong place. Nothing moves."
    )
    told: list[Installation] = []
    link = visit.config.link
    visit.until_well(
        lambda: told.append(read_installation(visit.config.host, link.connect_timeout_s))
    )
    _settle_payload(visit, told[0])
    _settle_tcp(visit, told[0])
    _settle_gripper(visit)


def _settle_payload(visit: Commissioning, told: Installation) -> None:
    own = visit.config.payload
    theirs = f"{told.mass_kg:.3g} kg, centre {_mm(told.centre_m)}"
    ours = f"{own.mass_kg:.3g} kg, centre {_mm(own.centre_m)}"
    same = abs(told.mass_kg - own.mass_kg) <= SAME_KG and _near(told.centre_m, own.centre_m, SAME_M)
    answer = _settle(visit, "payload", theirs, ours, same)
    if answer == "pendant":
        visit.put("payload.mass_kg", told.mass_kg)
        visit.put("payload.centre_m", told.centre_m)
    elif answer == "neither":
        question = "Mass of gripper and cables [kg]?"
        visit.put(
            "payload.mass_kg", visit.ask_numbers(question, "payload.mass_kg", [own.mass_kg])[0]
        )
        question = "Its centre of gravity from the flange, x y z [m]?"
        centre = visit.ask_numbers(question, "payload.centre_m", own.centre_m)
        visit.put("payload.centre_m", centre)


def _settle_tcp(visit: Commissioning, told: Installation) -> None:
    own = visit.config.frame.tcp
    theirs = _tcp_text(told.tcp) if told.tcp else "not told by this controller"
    same = (
        told.tcp is not None
        and _near(told.tcp[:3], own[:3], SAME_M)
        and _near(told.tcp[3:], own[3:], SAME_RAD)
    )
    answer = _settle(visit, "tool centre point", theirs, _tcp_text(own), same)
    if answer == "pendant" and told.tcp:
        visit.put("frame.tcp", told.tcp)
    elif answer != "cliprt":
        question = "From flange to fingertips, x y z [m] and rotation vector [rad]?"
        visit.put("frame.tcp", visit.ask_numbers(question, "frame.tcp", own))


def _settle(visit: Commissioning, what: str, theirs: str, ours: str, same: bool) -> str:
    """Whose value is right: ``"pendant"``, ``"cliprt"`` or ``"neither"``."""
    if same:
        visit.say(f"  The {what} is {ours}, on the pendant and for cliprt.")
        right = visit.is_true(f"Is that the {what} of what is mounted?", default="yes")
        return "cliprt" if right else "neither"
    visit.say(f"  The {what} on the pendant: {theirs}.\n  The {what} cliprt sets:     {ours}.")
    options = ("pendant", "cliprt", "neither")
    answer = visit.answers.choose("Which is right?", options, unattended="cliprt")
    if answer != "pendant":
        visit.say(
            "  Set the same on the pendant (Installation > General), so that driving by hand"
            " agrees."
        )
    return answer


def _settle_gripper(visit: Commissioning) -> None:
    present = visit.config.gripper
    kinds = registered.names("gripper")
    answer = visit.answers.choose("Which gripper is mounted?", kinds, default=str(present["name"]))
    if answer != present["name"]:
        visit.put("gripper", {"name": answer})
    if answer == "digital_output":
        _settle_output(visit)


def _settle_output(visit: Commissioning) -> None:
    """Where the valve or relay is wired."""
    present = visit.config.gripper
    bank = visit.answers.choose(
        "Which outputs is it wired to?",
        ("standard", "configurable", "tool"),
        default=str(present.get("bank", "tool")),
    )
    while True:
        number = visit.answers.ask("Which of them?", str(present.get("number", 0)))
        gripper = {**present, "bank": bank, "number": int(number) if number.isdecimal() else number}
        problems = registered.problems("gripper", "gripper", gripper)
        if not problems:
            return visit.put("gripper", gripper)
        visit.say(f"  {problems[0][1]}")


def _near(a: list[float], b: list[float], tolerance: float) -> bool:
    return bool(np.allclose(a, b, rtol=0, atol=tolerance))


def _mm(metres: list[float]) -> str:
    return "(" + ", ".join(f"{1000 * m:.4g}" for m in metres) + ") mm"


def _tcp_text(tcp: list[float]) -> str:
    turned = f", turned ({', '.join(f'{a:.3g}' for a in tcp[3:])}) rad" if any(tcp[3:]) else ""
    return f"{_mm(tcp[:3])} from the flange{turned}"
