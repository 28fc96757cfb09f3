"""Say what this machine has, what it lacks, and what to type to get it."""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from cliprt import __version__
from cliprt.cli.output import add_format, emit

EXAMPLE = "cliprt doctor"

NEEDED_DISK_GB = 5
NEEDED_MEMORY_GB = 4

State = Literal["ok", "missing", "broken"]
_MARKS = {"ok": "ok     ", "missing": "missing", "broken": "BROKEN "}


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        area: ``"python"``, ``"core"``, an extra's name, or ``"machine"``.
        name: What was looked at.
        state: ``"missing"`` is optional, ``"broken"`` stops cliprt from working.
        detail: Version, amount or reason.
        advice: What to type; "" if nothing.
    """

    area: str
    name: str
    state: State
    detail: str
    advice: str = ""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add ``--format``."""
    add_format(parser)


def run(args: argparse.Namespace) -> int:
    """Examine the machine; 0 unless something that cliprt cannot do without is broken."""
    findings = [*_python(), *_packages(), *_torch(), *_machine()]
    emit([asdict(finding) for finding in findings], args.format, _table(findings))
    return 1 if any(finding.state == "broken" for finding in findings) else 0


def _table(findings: list[Finding]) -> str:
    lines: list[str] = []
    width = max(len(finding.name) for finding in findings)
    for i, finding in enumerate(findings):
        if i == 0 or finding.area != findings[i - 1].area:
            lines += ["", finding.area] if lines else [finding.area]
        lines.append(f"  {_MARKS[finding.state]} {finding.name:<{width}}  {finding.detail}")
        if finding.advice:
            lines.append(f"  {'':7} {'':{width}}  -> {finding.advice}")
    return "\n".join([*lines, "", summary(findings)])


def summary(findings: list[Finding]) -> str:
    """All of it in one sentence."""
    names = {state: ", ".join(f.name for f in findings if f.state == state) for state in _MARKS}
    if names["broken"]:
        return f"BROKEN: {names['broken']}. Do what stands after the arrow; then ask again."
    if names["missing"]:
        return f"Nothing is broken. Not here, for what may not be needed: {names['missing']}."
    return "Everything is here."


def _python_version() -> str:
    return ".".join(map(str, sys.version_info[:3]))


def _python() -> Iterator[Finding]:
    yield Finding("python", "python", "ok", f"{_python_version()} ({sys.executable})")
    yield Finding("python", "cliprt", "ok", f"{__version__} ({Path(__file__).parents[1]})")


def _packages() -> Iterator[Finding]:
    """Every package that cliprt's own metadata asks for, by extra."""
    import re
    from importlib import metadata

    for requirement in metadata.requires("cliprt") or ():
        name = re.match(r"[\w.-]+", requirement)[0]  # type: ignore[index]
        extra = re.search(r"extra == ['\"](\w+)['\"]", requirement)
        area = extra[1] if extra else "core"
        if area == "all":  # repeats the others
            continue
        try:
            yield Finding(area, name, "ok", metadata.version(name))
        except metadata.PackageNotFoundError:
            yield absent(name, area)


def absent(name: str, area: str) -> Finding:
    """What a missing package of an area (``"core"`` or an extra) means, and what to type."""
    if area == "core":
        return Finding(area, name, "broken", "not installed", "pip install cliprt")
    advice, detail = f"pip install 'cliprt[{area}]'", "not installed"
    if name == "pybullet" and sys.version_info >= (3, 12):
        detail = f"not installed: no wheel for Python {_python_version()}, only 3.10 and 3.11"
        advice = "use Python 3.11, or compile it (needs a C++ compiler): pip install 'pybullet<4'"
    if name == "ur-rtde" and sys.version_info >= (3, 13):
        detail = f"not installed: no wheel for Python {_python_version()}"
        advice = "use Python 3.10 to 3.12"
    return Finding(area, name, "missing", detail, advice)


def _torch() -> Iterator[Finding]:
    """Whether torch and torchvision load together, and what they can compute on."""
    if importlib.util.find_spec("torch") is None:
        return
    yield from _tried("torch", _torch_device, "pip install --force-reinstall torch")
    if importlib.util.find_spec("torchvision") is not None:
        yield from _tried(
            "torchvision beside torch",
            _torchvision_kind,
            "pip install --force-reinstall torch torchvision, in one command so that they match",
        )


def _torch_device() -> str:
    import torch

    gpu = torch.cuda.get_device_name(0) if torch.cuda.is_available() else "none, training on CPU"
    return f"{torch.__version__}, GPU: {gpu}"


def _torchvision_kind() -> str:
    import torch
    import torchvision

    # Only the compiled part brings kernels; beside a CPU torch, cliprt declares bare signatures.
    compiled = torch._C._dispatch_has_kernel_for_dispatch_key("torchvision::nms", "CPU")
    state = "compiled part loaded" if compiled else "compiled part left out (CPU torch), not needed"
    return f"{torchvision.__version__}, {state}"


def _machine() -> Iterator[Finding]:
    import shutil

    yield Finding("machine", "cores", "ok", str(_usable_cores()))
    memory_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    yield _amount("memory", memory_gb, NEEDED_MEMORY_GB, "set data.workers=1 in the recipe")
    disk_gb = shutil.disk_usage(".").free / 1e9
    yield _amount("free disk here", disk_gb, NEEDED_DISK_GB, "remove old folders of runs/")
    yield from _tried("ffmpeg (videos)", _ffmpeg, "pip install imageio-ffmpeg", optional=True)
    yield from _tried("runs/ can be written", _writable, "work in a folder that is yours")


def _usable_cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _amount(name: str, there_gb: float, needed_gb: float, advice: str) -> Finding:
    enough = there_gb >= needed_gb
    detail = f"{there_gb:.1f} GB" + ("" if enough else f", {needed_gb} GB are better")
    return Finding("machine", name, "ok" if enough else "missing", detail, "" if enough else advice)


def _ffmpeg() -> str:
    import imageio_ffmpeg

    return str(imageio_ffmpeg.get_ffmpeg_version())


def _writable() -> str:
    import tempfile

    # The folder itself is only made by a run: look at what it would be made in.
    folder = Path("runs") if Path("runs").exists() else Path()
    with tempfile.TemporaryFile(dir=folder):
        return str(Path.cwd() / "runs")


def _tried(
    name: str, look: Callable[[], str], advice: str, optional: bool = False
) -> Iterator[Finding]:
    """A finding from something that may fail in any way, such as an import of compiled code."""
    try:
        yield Finding("machine", name, "ok", look())
    except Exception as error:
        state: State = "missing" if optional else "broken"
        yield Finding("machine", name, state, f"{type(error).__name__}: {error}", advice)
