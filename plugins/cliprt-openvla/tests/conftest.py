"""The server's modules are programs' own: they are found in their folder, as Python finds them."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "server"))
