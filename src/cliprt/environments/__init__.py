"""Every registered task as a Gymnasium environment; importing this module registers them.

::

    import gymnasium

    environment = gymnasium.make("cliprt.environments:cliprt/CloseLaptop-v0")
"""

from __future__ import annotations

from cliprt.environments.catalogue import environment_id, register_environments
from cliprt.environments.environment import TaskEnvironment

__all__ = ["TaskEnvironment", "environment_id", "register_environments"]

register_environments()
