"""What is said between a robot and a policy that runs elsewhere."""

from typing import Literal

ProtocolName = Literal["openpi", "vla_eval"]
