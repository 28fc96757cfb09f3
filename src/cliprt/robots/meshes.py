"""Triangles of a mesh file (OBJ, STL) from anywhere: read, bounded, and written plainly.

Only the triangles count: materials, textures and what else a file names is left alone, so that
nothing beside it is opened.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import numpy as np

from cliprt.data.boundary import read_plain
from cliprt.errors import UsageError

MOST_BYTES = 16 << 20
MOST_TRIANGLES = 50_000
"""More make pictures and physics slow."""


@dataclass(frozen=True, eq=False)
class Mesh:
    """A surface of triangles.

    Attributes:
        vertices: Corners (n, 3), in the file's unit.
        triangles: Three indices of corners each (m, 3).
    """

    vertices: np.ndarray
    triangles: np.ndarray

    @property
    def box(self) -> tuple[np.ndarray, np.ndarray]:
        """Smallest and largest x, y, z."""
        return self.vertices.min(axis=0), self.vertices.max(axis=0)


def read_mesh(file: str) -> Mesh:
    """What is in an OBJ or STL file.

    Raises:
        UsageError: There is no such file, or no mesh of sensible size is in it.
    """
    try:
        told = os.stat(file)
        return _read(file, told.st_mtime_ns, told.st_size)
    except OSError as error:
        why = f"cannot be read: {error.strerror or error}"
        raise UsageError(f"the mesh {file} {why}. Check where it is") from error
    except ValueError as error:
        raise UsageError(
            f"the mesh {file} cannot be used: {error}. Export it again as OBJ or STL, with at most"
            f" {MOST_TRIANGLES} triangles"
        ) from error


def to_obj(mesh: Mesh) -> str:
    """The mesh as an OBJ file, with nothing else in it."""
    corners = (f"v {x!r} {y!r} {z!r}" for x, y, z in mesh.vertices.tolist())
    faces = (f"f {a} {b} {c}" for a, b, c in (mesh.triangles + 1).tolist())
    return "\n".join(("o mesh", *corners, *faces, ""))


@lru_cache(maxsize=32)
def _read(file: str, changed_ns: int, size: int) -> Mesh:
    """The mesh of a file that was last changed then."""
    parse = {".obj": parse_obj, ".stl": parse_stl}.get(Path(file).suffix.lower())
    if parse is None:
        raise ValueError("its name must end in .obj or .stl")
    return parse(read_plain(Path(file), MOST_BYTES, None))


def parse_obj(data: bytes) -> Mesh:
    """The mesh of an OBJ file; of its faces only the corners are used.

    >>> parse_obj(b"v 0 0 0\\nv 1 0 0\\nv 0 1 0\\nv 0 0 1\\nf 1 2 3 4").triangles.tolist()
    [[0, 1, 2], [0, 2, 3]]

    Raises:
        ValueError: What is wrong, in which line.
    """
    corners: list[list[float]] = []
    triangles: list[tuple[int, int, int]] = []
    for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
        kind, *words = line.split(maxsplit=MOST_TRIANGLES + 3) or [""]
        try:
            if kind == "v":
                corners.append([float(word) for word in words[:3]])
            elif kind == "f":
                face = [_index(word, len(corners)) for word in words]
                pairs = pairwise(face[1:])
                triangles += [(face[0], b, c) for b, c in pairs]
        except (ValueError, IndexError):
            raise ValueError(f"line {number} is {line.strip()[:60]!r}") from None
        _check_count(len(corners), len(triangles))
    if any(len(corner) != 3 for corner in corners):
        raise ValueError("a corner has not three numbers")
    return _checked(np.array(corners).reshape(-1, 3), np.array(triangles, int).reshape(-1, 3))


def parse_stl(data: bytes) -> Mesh:
    """The mesh of an STL file, binary or text.

    Raises:
        ValueError: It is neither.
    """
    count = int.from_bytes(data[80:84], "little")
    if len(data) == 84 + 50 * count:
        _check_count(3 * count, count)
        faces = np.frombuffer(data, np.uint8, offset=84).reshape(-1, 50)[:, 12:48]
        points = np.ascontiguousarray(faces).view("<f4").reshape(-1, 3).astype(float)
    elif data.lstrip().startswith(b"solid"):
        words = [
            line.split()[1:] for line in data.splitlines() if line.lstrip().startswith(b"vertex")
        ]
        _check_count(len(words), len(words) // 3)
        if any(len(corner) != 3 for corner in words):
            raise ValueError("a corner has not three numbers")
        points = np.array([[float(word) for word in corner] for corner in words]).reshape(-1, 3)
    else:
        raise ValueError("it is no STL file, neither a binary one nor a text")
    if len(points) % 3:
        raise ValueError("its last triangle is not whole")
    vertices, index = np.unique(points, axis=0, return_inverse=True)
    return _checked(vertices, np.reshape(index, (-1, 3)))


def _index(word: str, count: int) -> int:
    """The corner that a word of a face means: "3", "3/1/2", or "-1", the last."""
    number = int(word.partition("/")[0])
    index = number - 1 if number > 0 else count + number
    if number == 0 or not 0 <= index < count:
        raise IndexError(word)
    return index


def _check_count(corners: int, triangles: int) -> None:
    if triangles > MOST_TRIANGLES or corners > 3 * MOST_TRIANGLES:
        raise ValueError(f"it has more than {MOST_TRIANGLES} triangles, or three corners for each")


def _checked(vertices: np.ndarray, triangles: np.ndarray) -> Mesh:
    if not len(triangles):
        raise ValueError("it has no triangles")
    if not np.isfinite(vertices).all():
        raise ValueError("a corner is nowhere (no finite number)")
    if not (np.ptp(vertices, axis=0) > 0).all():
        raise ValueError("it is flat, and so fills no room")
    return Mesh(vertices, triangles)
