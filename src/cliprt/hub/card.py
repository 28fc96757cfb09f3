"""The card of a repository, README.md: what it holds, how well it works, how to use it.

It says what recipe, report and data say, and nothing that nobody measured.
"""

from __future__ import annotations

from typing import Any

import yaml

from cliprt.hub.data_card import describe_data
from cliprt.hub.outgoing import Content
from cliprt.hub.policy_card import describe_policy
from cliprt.hub.writing import Described

MADE_BY = "<!-- written by cliprt hub; take this line out to keep what you change -->"
PLACEHOLDER = "OWNER/NAME"

TASK = {"model": "pipeline_tag", "dataset": "task_categories"}


def write_card(content: Content, repo: str = PLACEHOLDER, licence: str = "") -> str:
    """The card of a thing as it will lie in `repo`.

    Args:
        content: What is described.
        repo: Owner and name.
        licence: An id of the Hub's; "" = nobody said.
    """
    describe = describe_policy if content.kind.repo_type == "model" else describe_data
    said: Described = describe(content, repo)
    task: Any = "robotics" if content.kind.repo_type == "model" else ["robotics"]
    facts: dict[str, Any] = {
        **({"license": licence} if licence else {}),
        "library_name": "cliprt",
        TASK[content.kind.repo_type]: task,
        "tags": ["robotics", "cliprt", "language", *said.tags],
        **said.front,
    }
    front = yaml.safe_dump(facts, sort_keys=False, allow_unicode=True)
    spoken = (
        f"Licence: {licence}." if licence else "Who shared it has not said under which licence."
    )
    parts = [f"---\n{front}---", MADE_BY, *said.sections, f"## Licence\n\n{spoken}"]
    return "\n\n".join(parts) + "\n"
