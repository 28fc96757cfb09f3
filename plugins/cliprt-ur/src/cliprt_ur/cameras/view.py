"""Whether a camera still looks where it looked: told by the edges that stay, whatever moved.

Both pictures become small fields of edge directions, in which light, shades and strong edges hardly
count.  The similarity at which two fields lie on each other is compared with the best one that any
shift, turn or scale brings.  A camera that stands where it stood has its best match in place, even
where the arm and half of the things on the table are elsewhere; one that was moved matches better
somewhere else, or nowhere.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from cliprt.errors import RobotError

MIN_SIMILARITY = 0.18
"""Of the edges in place: below it the camera sees something else."""
MIN_SHARE = 0.87
"""Of the best similarity anywhere that has to be reached in place."""
MIN_STRUCTURE = 0.01
"""Mean squared strength of edges, 0..1: a covered lens or a bare wall has less."""

_WIDTH = 80  # one pixel is then about 0.6 degrees of a usual lens
_REACH = 10  # pixels that a shift is looked for
_TURNS_DEG = (0.0, -9.0, -6.0, -3.0, 3.0, 6.0, 9.0)
_SCALES = (1.0, 0.92, 1.08)
_NOISE = 2.0  # grey levels a pixel: weaker edges hardly count


@dataclass(frozen=True)
class Match:
    """How two views agree.

    Attributes:
        similarity: Of their edges in place, up to one small pixel; -1..1.
        best: Of their edges under the best shift, turn and scale.
        where: What that is, in words; "" = in place.
    """

    similarity: float
    best: float
    where: str

    @property
    def is_same(self) -> bool:
        """Whether both are what one camera sees from one place."""
        return self.similarity >= max(MIN_SIMILARITY, MIN_SHARE * self.best)


def compare_views(commissioned: np.ndarray, now: np.ndarray) -> Match:
    """How well two pictures agree, uint8 (h, w, 3) each, of the same aspect."""
    height = round(_WIDTH * commissioned.shape[0] / commissioned.shape[1])
    reference = _edges(_small(commissioned, height))
    norm = float(np.linalg.norm(reference)) + 1e-9
    shape = (height + 2 * _REACH, _WIDTH + 2 * _REACH)  # so that nothing wraps around
    spectrum = np.fft.fft2(reference, shape)
    in_place, best, where = 0.0, -1.0, ""
    for turn_deg, scale, edges in _variants(_small(now, height)):
        overlap = np.real(np.fft.ifft2(spectrum * np.conj(np.fft.fft2(edges, shape))))
        scores = overlap / (norm * (float(np.linalg.norm(edges)) + 1e-9))
        near = np.roll(scores, (_REACH, _REACH), (0, 1))[: 2 * _REACH + 1, : 2 * _REACH + 1]
        if not turn_deg and scale == 1:
            in_place = float(near[_REACH - 1 : _REACH + 2, _REACH - 1 : _REACH + 2].max())
        if near.max() > best:
            best = float(near.max())
            down, right = np.unravel_index(int(near.argmax()), near.shape)
            shift = (int(right) - _REACH, int(down) - _REACH)
            where = _in_words(shift, height, turn_deg, scale)
    return Match(in_place, best, where)


def check_view(name: str, path: str | Path, commissioned: np.ndarray, now: np.ndarray) -> None:
    """Raise unless a camera sees what it saw at commissioning.

    Args:
        name: Of the camera, for errors.
        path: Of the picture taken at commissioning, for errors.
        commissioned: That picture, uint8 (h, w, 3).
        now: What it sees, uint8 (h, w, 3).

    Raises:
        RobotError: It sees something else, and how to renew the picture.
    """
    renew = (
        f"Bring it back to where it was (compare with {path}), or, where the change is meant, renew"
        " that picture: cliprt ur check"
    )
    shapes = [picture.shape[1::-1] for picture in (commissioned, now)]
    if abs(shapes[0][0] * shapes[1][1] - shapes[0][1] * shapes[1][0]) > 0.02 * np.prod(shapes[0]):
        was, has = (f"{width} x {height}" for width, height in shapes)
        raise RobotError(
            f"the camera {name!r} gives {has} pixels, but gave {was} when it was commissioned."
            f" {renew}"
        )
    match = compare_views(commissioned, now)
    if match.is_same:
        return
    seems = "is another camera's, or of another place"
    if match.best >= MIN_SIMILARITY and match.where:
        seems = f"fits better {match.where}"
    raise RobotError(
        f"the camera {name!r} does not see what it saw when it was commissioned: its picture"
        f" {seems} (similarity {match.similarity:.2f} in place, {match.best:.2f} at best). {renew}"
    )


def check_recognisable(name: str, picture: np.ndarray) -> None:
    """Raise where a picture, uint8 (h, w, 3), shows too little to be recognised by.

    Raises:
        RobotError: It is all but uniform.
    """
    height = round(_WIDTH * picture.shape[0] / picture.shape[1])
    if np.mean(np.abs(_edges(_small(picture, height))) ** 2) < MIN_STRUCTURE:
        raise RobotError(
            f"the picture of the camera {name!r} shows hardly any edges. Take the cap off its lens,"
            " give it light, and let it see more than a bare surface."
        )


def load_view(name: str, path: Path) -> np.ndarray:
    """The picture taken at commissioning, uint8 (h, w, 3), RGB.

    Raises:
        RobotError: There is none, or it is no picture.
    """
    try:
        with Image.open(path, formats=("PNG", "JPEG")) as image:
            return np.array(image.convert("RGB"))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        why = "is not there" if isinstance(error, FileNotFoundError) else f"is no picture ({error})"
        raise RobotError(
            f"cameras.{name}.view: {path} {why}. Take it anew (cliprt ur check), or leave out"
            " `view` to go without comparing."
        ) from error


def save_view(picture: np.ndarray, path: Path) -> None:
    """Write a picture, uint8 (h, w, 3), as PNG, whole or not at all.

    Raises:
        RobotError: It cannot be written there.
    """
    data = io.BytesIO()
    Image.fromarray(picture).save(data, "PNG")
    part = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(data.getvalue())
        part.replace(path)
    except OSError as error:
        raise RobotError(
            f"{path} cannot be written ({error.strerror}). Make room, or choose another folder."
        ) from error


def _small(picture: np.ndarray, height: int) -> Image.Image:
    grey = Image.fromarray(np.ascontiguousarray(picture)).convert("L")
    return grey.resize((_WIDTH, height), Image.Resampling.BOX)


def _edges(image: Image.Image) -> np.ndarray:
    """Direction of the change of brightness, complex (h, w), of length up to 1."""
    down, right = np.gradient(np.asarray(image, dtype=float))
    return np.asarray((right + 1j * down) / (np.hypot(right, down) + _NOISE))


def _variants(image: Image.Image) -> Iterator[tuple[float, float, np.ndarray]]:
    """(turn [degrees], scale, edges) of a picture as it is, turned and scaled about its middle."""
    full = Image.new("L", image.size, 255)
    for turn_deg in _TURNS_DEG:
        for scale in _SCALES:
            edges = _edges(_turned(image, turn_deg, scale))
            inside = np.asarray(_turned(full, turn_deg, scale)) > 250
            # What turned in from beyond the picture has an edge of its own that nobody saw.
            for axis in (0, 1):
                inside = inside & np.roll(inside, 1, axis) & np.roll(inside, -1, axis)
            yield turn_deg, scale, np.where(inside, edges, 0)


def _turned(image: Image.Image, turn_deg: float, scale: float) -> Image.Image:
    if not turn_deg and scale == 1:
        return image
    c, s = (f(np.radians(turn_deg)) / scale for f in (np.cos, np.sin))
    x, y = ((edge - 1) / 2 for edge in image.size)
    to_source = (c, s, x - c * x - s * y, -s, c, y + s * x - c * y)
    return image.transform(image.size, Image.Transform.AFFINE, to_source, Image.Resampling.BILINEAR)


def _in_words(shift: tuple[int, int], height: int, turn_deg: float, scale: float) -> str:
    """What has to be done to a picture so that it fits; ``""`` for (almost) nothing."""
    right, down = round(100 * shift[0] / _WIDTH), round(100 * shift[1] / height)
    said = []
    if abs(shift[0]) > 1:
        said.append(f"{abs(right)} % further {'right' if right > 0 else 'left'}")
    if abs(shift[1]) > 1:
        said.append(f"{abs(down)} % further {'down' if down > 0 else 'up'}")
    if turn_deg:
        said.append(f"turned by {abs(turn_deg):.0f} degrees")
    if scale != 1:
        said.append("larger" if scale > 1 else "smaller")
    return ", ".join(said)
