"""Large models decide as published: the same choice for every image, batch 1, float32.

Slow: ViT-B-16 takes about 25 minutes of one core for 1,000 images, ViT-H 10 for 20.
"""

import numpy as np
import pytest
import torch
from torch.nn.functional import interpolate, normalize

from cliprt.encoders.open_clip import OpenClipEncoder
from cliprt.policies.acting import Actor
from cliprt.policies.clip_rt import ClipRtPolicy
from cliprt.policies.published import PublishedDecision
from cliprt.types import Observation
from cliprt.vocabularies.grid import ClipRt58Vocabulary

ASKED = "Close the laptop"


def build(model):
    torch.manual_seed(0)
    return ClipRtPolicy(ClipRt58Vocabulary(), OpenClipEncoder(model), ("scene",), fusion="additive")


def look(number, size):
    """Fields of colour with grain, another picture for each number."""
    random = torch.Generator().manual_seed(number)
    coarse = torch.rand(1, 3, 5, 5, generator=random) * 255
    fine = torch.randn(1, 3, size, size, generator=random) * 20
    picture = (interpolate(coarse, size=(size, size), mode="bicubic") + fine).clamp(0, 255)
    image = picture[0].permute(1, 2, 0).to(torch.uint8).numpy()
    return Observation({"scene": image}, (0,) * 6, (0,) * 6, (), "open", 0.08, 0.0)


@torch.no_grad()
def by_open_clip(policy, observation, texts):
    """Scores (58,) by OpenCLIP's own calls, with texts that were encoded before."""
    model, asked, phrases = policy.encoder.model, *texts
    image = torch.tensor(observation.images["scene"]).permute(2, 0, 1)[None]
    context = normalize(model.encode_image(policy.encoder.preprocess(image)) + asked, dim=-1)
    return (policy.log_scale.exp() * context @ normalize(phrases, dim=-1).T)[0].numpy()


@torch.no_grad()
def encode_texts(policy):
    tokens = policy.encoder.tokenizer
    asked, phrases = [policy.prompt.format(ASKED)], list(policy.phrases)
    return [policy.encoder.model.encode_text(tokens(texts)) for texts in (asked, phrases)]


def compare(policy, numbers, whole):
    """(choices as published, ours, largest difference of scores) for images of these numbers.

    Args:
        policy: Whose.
        numbers: Of the images.
        whole: For how many of them the whole published procedure is gone through, its features of
            texts shown equal to the last bit; for the others those are used again.
    """
    actor, published = Actor(policy), PublishedDecision(policy)
    texts = encode_texts(policy)
    for place, number in enumerate(numbers):
        seen = look(number, policy.encoder.image_size)
        ours = actor(seen, ASKED).scores
        theirs = by_open_clip(policy, seen, texts)
        if place < whole:
            assert all(map(torch.equal, texts, encode_texts(policy)))
            np.testing.assert_allclose(published(seen, ASKED), theirs, atol=1e-4)
        yield int(theirs.argmax()), int(ours.argmax()), float(abs(ours - theirs).max())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("model", "images", "whole"), [("ViT-B-16", 1000, 10), ("ViT-H-14-378-quickgelu", 20, 1)]
)
def test_a_large_model_chooses_as_published(model, images, whole):
    found = list(compare(build(model), range(images), whole))
    assert [ours for _, ours, _ in found] == [theirs for theirs, _, _ in found]
    assert max(difference for *_, difference in found) < 1e-3
