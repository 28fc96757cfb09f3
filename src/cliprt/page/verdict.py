"""What is said of an episode that ended: who did it, how well, and what comes of it."""

from __future__ import annotations

from cliprt.data.samples import is_sample
from cliprt.language.remarks import Count, Remark
from cliprt.page.messages import Ended
from cliprt.types import Episode


def to_ended(episode: Episode, policy: str) -> Ended:
    """What the page is told of an episode that a person taught, or a policy tried."""
    return Ended(
        episode=episode.id,
        task=episode.task,
        success=episode.success,
        steps=sum(not step.outcome.refused for step in episode.steps),
        end=episode.meta["end"],
        reason=episode.meta["reason"],
        policy=policy,
        corrections=sum(map(is_sample, episode.steps)) if policy else 0,
    )


def praise(ended: Ended) -> Remark:
    """What a success deserves: the person's, or the policy's own."""
    if not ended.policy:
        return Remark("It works! Well taught.")
    if not ended.corrections:
        return Remark("It did it alone!")
    return Count(
        "It did it, with {count} correction!",
        "It did it, with {count} corrections!",
        ended.corrections,
    )


def explain(ended: Ended) -> str:
    """Why an episode that was kept is no success, and what is learned from it."""
    if ended.end != "done" and ended.reason:
        return ended.reason
    if not ended.policy:
        return Remark("The goal is not reached. The episode is kept, but not learned from.")
    if not ended.corrections:
        return Remark(
            "The goal is not reached. Next time, say what to do instead where it goes wrong:"
            " it learns from that."
        )
    return Count(
        "The goal is not reached. The {count} correction is kept, to learn from.",
        "The goal is not reached. The {count} corrections are kept, to learn from.",
        ended.corrections,
    )
