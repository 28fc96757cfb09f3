"""Makes docs/oxe.json and the tables of docs/data.md: ``python docs/make/oxe.py``.

No data of Open X-Embodiment is needed: the same motions of an arm, reaching, grasping, turning and
waiting at a person's speed, are written into the columns of each set as that set is recorded, in
its units, frame and rate, and both rules label them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np

from cliprt.oxe.labels import label_episode
from cliprt.oxe.rotations import (
    from_vectors,
    inverted,
    multiplied,
    to_vectors,
)
from cliprt.oxe.sets import RULES, Column, DatasetSet, PoseColumns, all_sets
from cliprt.oxe.standardise import to_euler

DOCS = Path(__file__).resolve().parents[1]
ROOMS = re.compile(r"(<!-- generated: (oxe_\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
SEED, EPISODES = 15, 12
POINTING_DOWN = np.array([3.0, 0.1, 0.2])
"""Rotation vector of a hand that points down, nearly."""

STRENGTH = {
    "taco_play": (45, 10),
    "jaco_play": (100, 20),
    "berkeley_cable_routing": (100, 12.732),
    "viola": (100, 20),
    "stanford_hydra_dataset_converted_externally_to_rlds": (2, 2),
    "austin_buds_dataset_converted_externally_to_rlds": (100, 20),
    "austin_sailor_dataset_converted_externally_to_rlds": (100, 20),
    "austin_sirius_dataset_converted_externally_to_rlds": (100, 20),
    "utaustin_mutex": (100, 20),
}
"""Commands for a metre and for a radian in a step, where they are shares of the largest one."""

WIDTHS = {
    ("", "action"): 7,
    ("nyu", "action"): 15,
    ("furniture", "action"): 8,
    ("ucsd", "action"): 8,
    ("iamlab", "action"): 8,
    ("cmu", "action"): 8,
    ("language", "action"): 2,
    ("", "action/world_vector"): 3,
    ("", "action/rotation_delta"): 3,
    ("", "action/gripper_closedness_action"): 1,
    ("", "action/rel_actions_world"): 7,
    ("", "action/future/xyz_residual"): 30,
    ("", "action/future/axis_angle_residual"): 30,
    ("", "action/future/target_close"): 10,
    ("", "observation/state"): 7,
    ("stanford", "observation/state"): 27,
    ("austin", "observation/state"): 24,
    ("utaustin", "observation/state"): 24,
    ("nyu", "observation/state"): 13,
    ("furniture", "observation/state"): 35,
    ("cmu", "observation/state"): 4,
    ("", "observation/state_ee"): 16,
    ("", "observation/ee_states"): 16,
    ("", "observation/robot_obs"): 15,
    ("", "observation/robot_state"): 15,
    ("", "observation/base_pose_tool_reached"): 7,
    ("", "observation/clip_function_input/base_pose_tool_reached"): 7,
    ("", "observation/end_effector_cartesian_pos"): 7,
    ("", "observation/effector_translation"): 2,
    ("", "observation/present/xyz"): 3,
    ("", "observation/present/axis_angle"): 3,
}
"""(Beginning of a set's name or nothing, key) -> numbers in a step, as published."""

Track = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]
"""From times (n,) [s] to poses (n, 6) in the base frame and whether the gripper is open (n,)."""


def main() -> None:
    """Write both files."""
    rows = count_labels()
    lines = ",\n".join(json.dumps(row) for row in rows)
    (DOCS / "oxe.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")
    page = DOCS / "data.md"
    page.write_text(fill(page.read_text(encoding="utf-8"), rows), encoding="utf-8")


def count_labels() -> list[dict]:
    """What each rule makes of the same motions in each set: steps, kept, and how many of each."""
    tracks = [draw_track(np.random.default_rng((SEED, number))) for number in range(EPISODES)]
    rows = []
    for one in all_sets():
        episodes = [record(one, *sample(track, seconds, one.rate_hz)) for track, seconds in tracks]
        for rule in RULES:
            labels = np.concatenate([label_episode(one, rule, columns) for columns in episodes])
            kept = labels[labels >= 0]
            counts = np.bincount(kept, minlength=50)
            rows.append(
                {
                    "set": one.name,
                    "rule": rule,
                    "steps": len(labels),
                    "kept": len(kept),
                    "histogram": {str(i): int(n) for i, n in enumerate(counts) if n},
                }
            )
    return rows


# ---- motions


def draw_track(rng: np.random.Generator) -> tuple[Track, float]:
    """An episode of picking up and putting down, and how long it takes [s]."""
    keys: list[tuple[float, np.ndarray, bool]] = [(0.0, _home(rng), True)]

    def go(seconds: float, move: np.ndarray | None = None, opened: bool | None = None) -> None:
        time, pose, gripper = keys[-1]
        keys.append(
            (
                time + seconds,
                pose if move is None else moved(pose, move),
                gripper if opened is None else opened,
            )
        )

    go(rng.uniform(0.5, 2))
    for _ in range(rng.integers(1, 3)):
        go(rng.uniform(1.5, 3), _reach(rng))
        if rng.random() < 0.7:
            turn = np.zeros(6)
            turn[3 + rng.choice(3, p=(0.2, 0.2, 0.6))] = rng.uniform(0.3, 1.2) * rng.choice((-1, 1))
            go(rng.uniform(1, 2), turn)
        depth = rng.uniform(0.04, 0.12)
        go(rng.uniform(1, 2.5), np.array([0, 0, -depth, 0, 0, 0]))
        go(rng.uniform(0.2, 0.8))
        go(rng.uniform(0.3, 0.8), opened=False)
        go(rng.uniform(1, 2), np.array([0, 0, depth, 0, 0, 0]))
        go(rng.uniform(1.5, 3.5), _reach(rng))
        go(rng.uniform(0.6, 1.5), np.array([0, 0, -depth / 2, 0, 0, 0]))
        go(rng.uniform(0.3, 0.8), opened=True)
        go(rng.uniform(0.8, 1.5), np.array([0, 0, depth, 0, 0, 0]))
    go(rng.uniform(0.3, 1.5))
    return through(keys), keys[-1][0]


def through(keys: list[tuple[float, np.ndarray, bool]]) -> Track:
    """Smoothly from key to key (time [s], pose (6,), whether the gripper is open from there)."""
    times = np.array([time for time, _, _ in keys])
    poses = np.array([pose for _, pose, _ in keys])
    opened = np.array([gripper for _, _, gripper in keys])
    turns = from_vectors(poses[:, 3:])
    ways = to_vectors(multiplied(turns[1:], inverted(turns[:-1])))

    def track(at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        i = np.clip(np.searchsorted(times, at, side="right") - 1, 0, len(times) - 2)
        share = np.clip((at - times[i]) / (times[i + 1] - times[i]), 0, 1)[:, None]
        share = share**3 * (10 - 15 * share + 6 * share**2)
        position = poses[i, :3] + share * (poses[i + 1, :3] - poses[i, :3])
        turned = to_vectors(multiplied(from_vectors(share * ways[i]), turns[i]))
        # what is decided at a key shows a moment later
        shown = np.clip(np.searchsorted(times, at - 1e-6, side="right") - 1, 0, len(times) - 1)
        return np.concatenate([position, turned], axis=1), opened[shown]

    return track


def sample(track: Track, seconds: float, rate_hz: float) -> tuple[np.ndarray, np.ndarray]:
    """Poses (n + 1, 6) and gripper (n + 1,) at n steps and at what would be the next."""
    poses, opened = track(np.arange(int(seconds * rate_hz) + 2) / rate_hz)
    return poses, opened.astype(float)


def _home(rng: np.random.Generator) -> np.ndarray:
    return np.concatenate([rng.uniform((0.3, -0.2, 0.2), (0.5, 0.2, 0.35)), POINTING_DOWN])


def _reach(rng: np.random.Generator) -> np.ndarray:
    move = np.zeros(6)
    move[:3] = rng.normal(0, (0.1, 0.12, 0.03))
    return move


def moved(pose: np.ndarray, move: np.ndarray) -> np.ndarray:
    """A pose (6,) after a movement (6,) [m, rad] along and about the base's axes."""
    turned = multiplied(from_vectors(move[None, 3:]), from_vectors(pose[None, 3:]))
    return np.concatenate([pose[:3] + move[:3], to_vectors(turned)[0]])


# ---- how each set is recorded


def record(one: DatasetSet, poses: np.ndarray, opened: np.ndarray) -> dict[str, object]:
    """The columns of an episode (n steps) of poses (n + 1, 6) and gripper (n + 1,)."""
    steps = len(poses) - 1
    raw = in_frame(poses, one.pose)
    columns: dict[str, np.ndarray] = {}
    write_actions(columns, one, raw, opened)
    write_poses(columns, one, raw, opened)
    text = one.text if one.name != "language_table" else ""
    found: dict[str, object] = {f"steps/{key}": values for key, values in columns.items()}
    found[f"steps/{one.image}"] = [b""] * steps
    letters = np.tile(np.array([*b"Do it", 0, 0], dtype=np.int32), (steps, 1))
    found[f"steps/{one.text}"] = [b"Do it"] * steps if text else letters
    return found


def in_frame(poses: np.ndarray, pose: PoseColumns) -> np.ndarray:
    """Poses (n, 6) as the set sees them: its axes, not yet its units."""
    raw = np.empty_like(poses)
    for ours, theirs in enumerate(pose.frame):
        for start in (0, 3):
            raw[:, start + abs(theirs) - 1] = poses[:, start + ours] * np.sign(theirs)
    return raw


def write_poses(
    columns: dict[str, np.ndarray], one: DatasetSet, raw: np.ndarray, opened: np.ndarray
) -> None:
    """What is seen of the hand (n, ...)."""
    pose = one.pose
    if pose.gripper is not None:
        shown = pose.closed + opened[:-1, None] * (pose.open - pose.closed)
        put(columns, one, pose.gripper, shown)
    if pose.changes:  # which are the actions
        return
    numbers = raw[:-1]
    if pose.rotation is not None:
        put(columns, one, pose.rotation, write_turns(pose.form, numbers[:, 3:], pose.per_radian))
    put(columns, one, pose.position, numbers[:, :3] * pose.per_metre)


def write_actions(
    columns: dict[str, np.ndarray], one: DatasetSet, raw: np.ndarray, opened: np.ndarray
) -> None:
    """What the arm is told (n, ...): how to move in the step, as shares where the set does."""
    action = one.action
    if action is None:  # a set of one's own
        return
    per_metre, per_radian = STRENGTH.get(one.name, (1, 1))
    if not action.observed and not one.released.differences:
        moves = changes_of(raw) * np.repeat([per_metre, per_radian], 3)
        if one.name in STRENGTH:
            moves = np.clip(moves, -1, 1)
        put(columns, one, action.position, moves[:, :3])
        if action.rotation is not None:
            form = "quaternion" if action.form == "quaternion" else "rotation_vector"
            put(columns, one, action.rotation, write_turns(form, moves[:, 3:], 1))
    if action.gripper is not None:
        put(columns, one, action.gripper, command(action.gripper_rule, opened)[:, None])


def changes_of(raw: np.ndarray) -> np.ndarray:
    """Movement in each step (n, 6) of poses (n + 1, 6)."""
    turns = from_vectors(raw[:, 3:])
    turned = to_vectors(multiplied(turns[1:], inverted(turns[:-1])))
    return np.concatenate([np.diff(raw[:, :3], axis=0), turned], axis=1)


def command(rule: str, opened: np.ndarray) -> np.ndarray:
    """What the gripper is told in each step (n,): to be as it is seen at the next one."""
    told = opened[1:]
    if rule == "relative":
        return -np.sign(np.diff(opened))
    low_high = {"inverted": (1, 0), "clipped_inverted": (1, -1), "clipped": (-1, 1)}
    closed, high = low_high.get(rule, (0, 1))
    return np.where(told > 0.5, high, closed).astype(float)


def write_turns(form: str, vectors: np.ndarray, per_radian: float) -> np.ndarray:
    """Rotation vectors (n, 3) [rad] as a set writes turns (n, k)."""
    turns = from_vectors(vectors)
    if form == "rotation_vector":
        return vectors * per_radian
    if form == "quaternion":
        return turns
    if form == "euler":
        return to_euler(turns) * per_radian
    x, y, z, w = turns.T
    matrix = np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
        ]
    )
    if form == "euler_zxy":
        yaw = np.arctan2(matrix[1, 0], matrix[1, 1])
        pitch = np.arctan2(matrix[0, 2], matrix[2, 2])
        return np.stack([yaw, -np.arcsin(np.clip(matrix[1, 2], -1, 1)), pitch], axis=1)
    whole = np.zeros((len(turns), 16))
    whole[:, 15] = 1
    for column in range(3):
        whole[:, 4 * column : 4 * column + 3] = matrix[:, column].T
    return whole


def put(
    columns: dict[str, np.ndarray], one: DatasetSet, column: Column, values: np.ndarray
) -> None:
    """Write values (n, k) where a column is; for what it has no room, it says nothing."""
    width = WIDTHS.get((one.name.split("_")[0], column.key)) or WIDTHS["", column.key]
    there = columns.setdefault(column.key, np.zeros((len(values), width), dtype=np.float32))
    place = there[:, column.first : column.last]
    place[:] = values[:, : place.shape[1]]


def fill(page: str, rows: list[dict]) -> str:
    """The page with both tables up to date."""
    parts = {"oxe_sets": show_sets, "oxe_yield": show_yield}
    return ROOMS.sub(lambda found: f"{found[1]}\n{parts[found[2]](rows)}\n\n{found[3]}", page)


def show_sets(_: list[dict]) -> str:
    """What is known of each set."""
    lines = ["| Set | Weight | Steps/s | Where the hand is | Gripper |", "|---|---|---|---|---|"]
    for one in all_sets():
        pose = one.pose
        seen = "commanded" if pose.position.key.startswith("action") else "observed"
        seen = "summed from actions" if pose.changes else seen
        if pose.rotation is None:
            seen += ", does not turn"
        gripper = "observed" if pose.gripper else "commanded"
        if one.action is not None and one.action.gripper_rule in ("none", "open"):
            gripper = "none"
        lines.append(f"| `{one.name}` | {one.weight:g} | {one.rate_hz:g} | {seen} | {gripper} |")
    return "\n".join(lines)


def show_yield(rows: list[dict]) -> str:
    """What both rules keep, side by side."""
    kinds = "moves, turns, gripper"
    head = f"| Set | Steps | `observed` keeps | {kinds} | `reference` keeps | {kinds} |"
    lines = [head, "|---|---|---|---|---|---|"]
    for observed, reference in zip(rows[::2], rows[1::2], strict=True):
        cells = [f"`{observed['set']}`", f"{observed['steps']:,}"]
        for row in (observed, reference):
            cells += [f"{100 * row['kept'] / row['steps']:.0f} %", ", ".join(kinds_of(row))]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def kinds_of(row: dict) -> list[str]:
    """How many of a row's labels are movements, turns, and of the gripper."""
    counts = [0, 0, 0]
    for label, count in row["histogram"].items():
        counts[min(int(label) // 24, 2)] += count
    return [f"{count:,}" for count in counts]


if __name__ == "__main__":
    main()
