"""Universal Robots arms for cliprt: ``robot: {name: ur, host: ...}``."""

__version__ = "0.1.0"
