"""cliprt: teach a robot a new skill by talking to it.

``import cliprt`` is light: torch, lightning and the simulator load only where they are used.  What
it offers is imported when it is asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from cliprt import _torchvision_cpu

if TYPE_CHECKING:
    from cliprt.data.store import EpisodeStore as EpisodeStore
    from cliprt.errors import CliprtError as CliprtError
    from cliprt.face import fit as fit
    from cliprt.face import load_agent as load_agent
    from cliprt.face import load_policy as load_policy
    from cliprt.face import make as make
    from cliprt.face import make_robot as make_robot
    from cliprt.recipe.load import load_recipe as load_recipe
    from cliprt.runtime.agents import SpokenAgent as SpokenAgent
    from cliprt.runtime.loop import prepare_scene as prepare_scene
    from cliprt.runtime.loop import run_episode as run_episode
    from cliprt.runtime.record import Record as Record
    from cliprt.types import Attempt as Attempt

__version__ = "0.1.0"

_HOMES = {
    "Attempt": "types",
    "CliprtError": "errors",
    "EpisodeStore": "data.store",
    "Record": "runtime.record",
    "SpokenAgent": "runtime.agents",
    "fit": "face",
    "load_agent": "face",
    "load_policy": "face",
    "load_recipe": "recipe.load",
    "make": "face",
    "make_robot": "face",
    "prepare_scene": "runtime.loop",
    "run_episode": "runtime.loop",
}
"""Name -> its module."""

__all__ = [*_HOMES, "__version__"]

_torchvision_cpu.install()


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"cliprt.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
