"""How the policy arranges the phrases: their embeddings on disk, on a plane, and as a number."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cliprt.errors import CheckpointError, UsageError
from cliprt.vocabularies.interface import ActionVocabulary

SEED = 0
SMALLEST_TSNE = 8
"""Fewer phrases than this have no neighbourhoods to preserve; they are shown by PCA."""


@dataclass(frozen=True, eq=False)
class Embeddings:
    """Phrases (n), their displacement groups (n), and vectors (n, d)."""

    phrases: tuple[str, ...]
    groups: tuple[str, ...]
    vectors: np.ndarray


@dataclass(frozen=True, eq=False)
class EmbeddingMap:
    """Embeddings on a plane.

    Attributes:
        groups: n displacement groups.
        points: (n, 2).
        method: ``"t-SNE"`` or ``"PCA"``.
        silhouette: Mean silhouette by group in the full space, cosine, -1..1: near 1, phrases of
            one group lie together and apart from the others; None with fewer than two groups.
    """

    groups: tuple[str, ...]
    points: np.ndarray
    method: str
    silhouette: float | None


def save_embeddings(path: Path, embeddings: Embeddings) -> None:
    """Keep the embeddings of a vocabulary's phrases, as an npz file without pickles."""
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f".{path.stem}.part.npz")
    np.savez_compressed(
        scratch,
        phrases=np.array(embeddings.phrases),
        groups=np.array(embeddings.groups),
        vectors=np.asarray(embeddings.vectors, dtype=np.float32),
    )
    scratch.replace(path)


def load_embeddings(path: Path) -> Embeddings | None:
    """What `save_embeddings` wrote; None if there is no (whole) file: the report does without."""
    try:
        with np.load(path, allow_pickle=False) as file:
            phrases, groups = (tuple(map(str, file[name])) for name in ("phrases", "groups"))
            return Embeddings(phrases, groups, file["vectors"])
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None


def embed_phrases(checkpoint: Path, vocabulary: ActionVocabulary | None = None) -> Embeddings:
    """How a trained policy arranges the phrases of its vocabulary.

    Args:
        checkpoint: The policy's folder.
        vocabulary: What it must have been trained with; None = whatever it was.

    Raises:
        CheckpointError, VocabularyError: As :func:`cliprt.policies.checkpoint.load_policy`, and
            where the embeddings are not finite.
        UsageError: The policy has no vectors for phrases.
    """
    import torch

    from cliprt.policies.checkpoint import load_policy, load_vocabulary
    from cliprt.policies.interface import RankingPolicy

    policy = load_policy(checkpoint, vocabulary)
    with torch.inference_mode():
        vectors = policy.embed_phrases() if isinstance(policy, RankingPolicy) else None
    if vectors is None:
        raise UsageError(
            f"the policy in {checkpoint} ({type(policy).__name__}) has no phrase embeddings to"
            " show. Give one that has, such as clip_rt."
        )
    if not vectors.isfinite().all():
        raise CheckpointError(
            f"the policy in {checkpoint} has phrase embeddings that are not finite: its training"
            " diverged, or the file is damaged. Train again, with a lower trainer.learning_rate."
        )
    primitives = load_vocabulary(checkpoint).primitives
    return Embeddings(
        tuple(p.phrase for p in primitives),
        tuple(p.group for p in primitives),
        vectors.float().cpu().numpy(),
    )


def project(embeddings: Embeddings, seed: int = SEED) -> EmbeddingMap:
    """Lay embeddings on a plane: t-SNE, or PCA for a handful of phrases.

    Args:
        embeddings: What to show.
        seed: Of t-SNE; the same seed gives the same picture on the same machine.
    """
    vectors = np.asarray(embeddings.vectors, dtype=np.float64)
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit = vectors / np.where(norms > 0, norms, 1)
    few = len(unit) < SMALLEST_TSNE
    points = _pca(unit) if few else _tsne(unit, seed)
    method = "PCA" if few else "t-SNE"
    return EmbeddingMap(embeddings.groups, points, method, silhouette(embeddings.groups, unit))


def silhouette(groups: Sequence[str], vectors: np.ndarray) -> float | None:
    """Mean silhouette (Rousseeuw, 1987) of vectors (n, d) by group, cosine distance; -1..1."""
    from sklearn.metrics import silhouette_score

    if not 2 <= len(set(groups)) < len(groups):
        return None
    return float(silhouette_score(vectors, list(groups), metric="cosine"))


def silhouettes_by_group(embeddings: Embeddings) -> dict[str, float | None]:
    """Each displacement group's mean silhouette, cosine, on the raw vectors; -1..1.

    None for a group of one phrase, which has nobody to lie close to, and where there is only one
    group.
    """
    from sklearn.metrics import silhouette_samples

    groups = np.array(embeddings.groups)
    names = dict.fromkeys(embeddings.groups)
    if not 2 <= len(names) < len(groups):
        return dict.fromkeys(names)
    each = silhouette_samples(embeddings.vectors, groups, metric="cosine")
    return {
        name: float(each[groups == name].mean()) if (groups == name).sum() > 1 else None
        for name in names
    }


def _tsne(unit: np.ndarray, seed: int) -> np.ndarray:
    from sklearn.manifold import TSNE

    perplexity = min(12.0, (len(unit) - 1) / 3)
    tsne = TSNE(2, perplexity=perplexity, init="pca", random_state=seed, method="exact")
    return np.asarray(tsne.fit_transform(unit))


def _pca(unit: np.ndarray) -> np.ndarray:
    centred = unit - unit.mean(axis=0)
    left, sizes, _ = np.linalg.svd(centred, full_matrices=False)
    points = (left * sizes)[:, :2]
    return np.pad(points, ((0, 0), (0, 2 - points.shape[1])))
