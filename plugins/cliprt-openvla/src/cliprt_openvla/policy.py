"""OpenVLA or OpenVLA-OFT as the policy: asked at the server that runs it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from cliprt.policies.remote import RemotePolicy
from cliprt.types import Limit, Reach
from cliprt.vocabularies.interface import ActionVocabulary

_NOTHING: Mapping[str, Any] = {}
_IMAGE, _WRIST, _STATE = "observation/image", "observation/wrist_image", "observation/state"


class OpenVlaPolicy(RemotePolicy):
    """Asks ``serve_openvla.py`` what to do, with the pictures and numbers that its model reads.

    What the numbers of its answers mean, the server says; the gate judges them as any motion.  A
    server with another model than the one named here is not listened to.
    """

    def __init__(
        self,
        vocabulary: ActionVocabulary,
        url: Annotated[str, Reach("host")] = "ws://127.0.0.1:8000",
        key: Annotated[str, Reach("key")] = "",
        deadline_s: Annotated[float, Limit(0, 600, low_open=True)] = 60.0,
        model: Literal["openvla", "openvla-oft"] = "openvla",
        checkpoint: str = "",
        scene: str = "scene",
        wrist: str = "wrist",
        state: Sequence[str] = ("tcp_pose", "gripper", "gripper_opening_m"),
        actions: Mapping[str, Any] = _NOTHING,
    ) -> None:
        """Say where the server is and what it shall run.

        Args:
            vocabulary: The recipe's.
            url: Of the server.
            key: Environment variable with the server's key; "" = it asks for none.
            deadline_s: How long one decision may take [s]; on a CPU it takes minutes.
            model: That the server has to run: ``"openvla-oft"`` looks at both cameras and reads
                the robot's state.
            checkpoint: Name of the checkpoint's folder that it has to run; "" = any.
            scene: Camera that sees the scene.
            wrist: Camera at the hand, of ``"openvla-oft"``.
            state: Columns of the robot's state, as in the data that the model was trained on.
            actions: What an action's numbers mean; nothing = as the server says.

        Raises:
            UsageError: The address, a state column or the actions are malformed.
        """
        is_oft = model == "openvla-oft"
        super().__init__(
            vocabulary,
            url,
            "openpi",
            key,
            deadline_s,
            images={_IMAGE: scene, **({_WRIST: wrist} if is_oft else {})},
            state={_STATE: tuple(state)} if is_oft else {},
            actions=actions,
            expects={"model": model, **({"checkpoint": checkpoint} if checkpoint else {})},
        )
