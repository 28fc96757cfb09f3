"""Data sets that others recorded, small: versions 3.0 and 2.1, as lerobot lays them out.

Their arm goes to and fro: in turn along x, y and z, and closes its gripper near the end.
"""

import json
import sys
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

FPS = 10
NAMES = ("x", "y", "z", "roll", "pitch", "yaw", "gripper")
TASKS = ("pick the cup", "put it down")


def state_of(episode: int, frames: int, step_m: float = 0.01) -> np.ndarray:
    """Pose and gripper of each frame, float32 (n, 7)."""
    state = np.zeros((frames, 7), np.float32)
    side = 1 if episode % 2 else -1
    for i in range(1, frames):
        state[i] = state[i - 1]
        state[i, min(3 * i // frames, 2)] += side * step_m
    state[:, 6] = np.arange(frames) < 0.9 * frames
    return state


def picture(episode: int, frame: int, size: int = 32) -> np.ndarray:
    """A square whose place tells the frame and whose colour the episode."""
    image = np.full((size, size, 3), 30, np.uint8)
    at = frame * 2 % (size - 8)
    image[at : at + 8, 4:28] = (200, 40 + 60 * (episode % 3), 90)
    return image


def make(
    root: Path,
    version: str = "v3.0",
    lengths: tuple[int, ...] = (24, 30, 26),
    names: object = NAMES,
    files: int = 1,
    rows_a_group: int = 0,
    pandas: bool = True,
    g: int = 5,
    language: dict[int, list[dict[str, object]]] | None = None,
    step_m: float = 0.01,
) -> Path:
    """Write a data set; its parts as `files` of rows, groups of `rows_a_group` (0 = an episode)."""
    is_new = version == "v3.0"
    features = {
        "observation.images.front": {"dtype": "video", "shape": [32, 32, 3], "names": None},
        "observation.images.wrist": {"dtype": "image", "shape": [32, 32, 3], "names": None},
        "observation.state": {"dtype": "float32", "shape": [7], "names": names},
        "action": {"dtype": "float32", "shape": [7], "names": names},
        **{key: {"dtype": "int64", "shape": [1], "names": None} for key in _COUNTS},
        "timestamp": {"dtype": "float32", "shape": [1], "names": None},
    }
    if language is not None:
        features["language_persistent"] = {"dtype": "language", "shape": [1], "names": None}
    info = {
        "codebase_version": version,
        "fps": FPS,
        "features": features,
        "total_episodes": len(lengths),
        "total_frames": sum(lengths),
        "total_tasks": len(TASKS),
        "chunks_size": 1000,
        "data_path": "data/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet"
        if is_new
        else "data/chunk-{episode_chunk:03d}/episode_{episode_index:06d}.parquet",
        "video_path": "videos/{video_key}/chunk-{chunk_index:03d}/file-{file_index:03d}.mp4"
        if is_new
        else "videos/chunk-{episode_chunk:03d}/{video_key}/episode_{episode_index:06d}.mp4",
        "robot_type": "so100",
        "splits": {"train": f"0:{len(lengths)}"},
    }
    (root / "meta").mkdir(parents=True)
    (root / "meta/info.json").write_text(json.dumps(info, indent=4))
    starts = np.concatenate([[0], np.cumsum(lengths)]).tolist()
    tables = [_rows(e, n, starts[e], language, step_m) for e, n in enumerate(lengths)]
    (_write_v3 if is_new else _write_v21)(root, lengths, starts, tables, files, rows_a_group, g)
    if is_new:
        tasks = pa.table({"task_index": range(len(TASKS)), "task": TASKS})
        if pandas:  # as pandas writes an index without a name
            tasks = tasks.rename_columns(["task_index", "__index_level_0__"])
        pq.write_table(tasks, root / "meta/tasks.parquet")
    return root


_COUNTS = ("frame_index", "episode_index", "index", "task_index")


def _rows(
    episode: int,
    n: int,
    start: int,
    language: dict[int, list[dict[str, object]]] | None,
    step_m: float,
) -> pa.Table:
    import io

    from PIL import Image

    pictures = []
    for i in range(n):
        buffer = io.BytesIO()
        Image.fromarray(picture(episode, i)).save(buffer, "PNG")
        pictures.append({"bytes": buffer.getvalue(), "path": f"frame-{i:06d}.png"})
    state = state_of(episode, n, step_m)
    columns = {
        "observation.images.wrist": pa.array(pictures),
        "observation.state": pa.FixedSizeListArray.from_arrays(pa.array(state.ravel()), 7),
        "action": pa.FixedSizeListArray.from_arrays(pa.array(state.ravel()[::-1].copy()), 7),
        "timestamp": pa.array((np.arange(n) / FPS).astype(np.float32)),
        "frame_index": pa.array(range(n)),
        "episode_index": pa.array([episode] * n),
        "index": pa.array(range(start, start + n)),
        "task_index": pa.array([episode % 2] * n),
    }
    if language is not None:
        fields = [("role", pa.string()), ("content", pa.string()), ("style", pa.string())]
        fields += [("timestamp", pa.float32()), ("camera", pa.string())]
        fields += [("tool_calls", pa.list_(pa.string()))]
        kind = pa.list_(pa.struct(fields))
        columns["language_persistent"] = pa.array([language.get(episode, [])] * n, kind)
    return pa.table(columns).replace_schema_metadata({"huggingface": "{}", "other": "kept"})


def _write_v3(root, lengths, starts, tables, files, rows_a_group, g):  # type: ignore[no-untyped-def]
    (root / "data/chunk-000").mkdir(parents=True)
    (root / "meta/episodes/chunk-000").mkdir(parents=True)
    file_of = [e * files // len(tables) for e in range(len(tables))]
    rows = []
    for number in range(files):
        mine = [e for e in range(len(tables)) if file_of[e] == number]
        path = root / f"data/chunk-000/file-{number:03d}.parquet"
        if rows_a_group:
            pq.write_table(
                pa.concat_tables([tables[e] for e in mine]), path, row_group_size=rows_a_group
            )
        else:
            with pq.ParquetWriter(path, tables[0].schema) as writer:
                for e in mine:
                    writer.write_table(tables[e])
    video = root / "videos/observation.images.front/chunk-000/file-000.mp4"
    write_video(video, [picture(e, i) for e, n in enumerate(lengths) for i in range(n)], g)
    for e, n in enumerate(lengths):
        rows.append(
            {
                "episode_index": e,
                "tasks": [TASKS[e % 2]],
                "length": n,
                "data/chunk_index": 0,
                "data/file_index": file_of[e],
                "dataset_from_index": starts[e],
                "dataset_to_index": starts[e] + n,
                "videos/observation.images.front/chunk_index": 0,
                "videos/observation.images.front/file_index": 0,
                "videos/observation.images.front/from_timestamp": starts[e] / FPS,
                "videos/observation.images.front/to_timestamp": (starts[e] + n) / FPS,
            }
        )
    pq.write_table(pa.Table.from_pylist(rows), root / "meta/episodes/chunk-000/file-000.parquet")


def _write_v21(root, lengths, starts, tables, files, rows_a_group, g):  # type: ignore[no-untyped-def]
    (root / "data/chunk-000").mkdir(parents=True)
    lines = []
    for e, n in enumerate(lengths):
        pq.write_table(tables[e], root / f"data/chunk-000/episode_{e:06d}.parquet")
        video = root / f"videos/chunk-000/observation.images.front/episode_{e:06d}.mp4"
        write_video(video, [picture(e, i) for i in range(n)], g)
        lines.append({"episode_index": e, "tasks": [TASKS[e % 2]], "length": n})
    for name, rows in (
        ("episodes", lines),
        ("tasks", [{"task_index": i, "task": task} for i, task in enumerate(TASKS)]),
    ):
        text = "".join(json.dumps(row) + "\n" for row in rows)
        (root / f"meta/{name}.jsonl").write_text(text)


def write_video(path: Path, pictures: list[np.ndarray], g: int = 5, b_frames: int = 0) -> None:
    """An mp4 of these pictures, every `g`-th of which stands for itself."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=FPS)
        stream.height, stream.width = pictures[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        stream.time_base = Fraction(1, FPS)
        stream.options = {"g": str(g), "crf": "18", "bf": str(b_frames), "preset": "veryfast"}
        for image in pictures:
            for packet in stream.encode(av.VideoFrame.from_ndarray(image, "rgb24")):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)


if __name__ == "__main__":
    make(Path(sys.argv[1]), "v2.1", (12, 15))
