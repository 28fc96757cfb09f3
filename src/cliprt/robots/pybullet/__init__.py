"""A UR5e at a table, simulated with PyBullet."""

from cliprt.robots.pybullet.backend import PyBulletBackend

__all__ = ["PyBulletBackend"]
