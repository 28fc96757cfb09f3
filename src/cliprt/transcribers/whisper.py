"""Speech to text by a Whisper model that the user has, through faster-whisper.

It hears free speech, so it suits whoever has the model and speaks in whole sentences.  A model is a
folder, or a name of one that lies in the local cache; nothing is downloaded unless that is asked
for.
"""

from __future__ import annotations

import math
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cliprt.errors import UsageError
from cliprt.transcribers.local import LocalTranscriber
from cliprt.types import Reach

if TYPE_CHECKING:
    import numpy as np

_HINT = "Move the arm to the left by five centimeters. Rotate the gripper clockwise. Stop."
_SURELY_SILENT = 0.6
_FULL_SCALE = 32768.0


class WhisperTranscriber(LocalTranscriber):
    """Any Whisper model in CTranslate2's format.

    Args:
        model: Folder of the model, or its name, e.g. ``base.en``.
        language: Spoken language, as Whisper abbreviates it; "" = recognised in each sentence,
            which takes a model of many languages, e.g. ``small``.
        device: Where it computes.
        download: Whether a model that is not on this machine may be fetched.

    Raises:
        MissingExtraError: faster-whisper is not installed.
    """

    def __init__(
        self,
        model: str = "base.en",
        language: str = "",
        device: Literal["cpu", "cuda", "auto"] = "cpu",
        download: Annotated[bool, Reach("host")] = False,
    ) -> None:
        super().__init__("whisper", "faster_whisper", "whisper")
        self._model_name = model
        self._language = language
        self._device = device
        self._download = download
        self._is_english = language == "en" or model.endswith(".en")

    def _hear(self, samples: np.ndarray) -> tuple[str, float | None, tuple[str, ...]]:
        """What was said, in free speech.

        Raises:
            UsageError: The model cannot be loaded.
        """
        segments, _ = self._model.transcribe(
            samples.astype("float32") / _FULL_SCALE,
            language=self._language or None,
            initial_prompt=_HINT if self._is_english else None,
            condition_on_previous_text=False,
        )
        said = [s for s in segments if s.no_speech_prob < _SURELY_SILENT]
        if not said:
            return "", None, ()
        text = " ".join(" ".join(segment.text.split()) for segment in said)
        confidence = math.exp(sum(segment.avg_logprob for segment in said) / len(said))
        return text, min(confidence, 1.0), ()

    def _load(self) -> None:
        _ = self._model

    @cached_property
    def _model(self) -> Any:
        from faster_whisper import WhisperModel

        try:
            return WhisperModel(
                self._model_name,
                device=self._device,
                compute_type="default",
                local_files_only=not self._download,
            )
        except Exception as error:
            raise UsageError(
                f"the Whisper model {self._model_name!r} cannot be loaded: {error}. Give its folder"
                " as the option model, or let it be fetched once with the option download: true."
            ) from error
