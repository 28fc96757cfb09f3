"""cliprt: teach a robot a new skill by talking to it.

``import cliprt`` is light: torch, lightning and the simulator load only where they are used.
"""

from cliprt import _torchvision_cpu

__version__ = "0.1.0"

_torchvision_cpu.install()
