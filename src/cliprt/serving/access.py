"""Who may ask a served policy: this machine's programs, or whoever has the key; no web page.

A server on a loopback address serves this machine; any other address needs a key.  A browser says
by ``Origin`` for which page it asks, and is refused: a page of strangers that a person has open may
connect to this machine too.  A key travels in the header of the upgrade, as ``Api-Key`` (openpi's
clients), ``Bearer``, or the password of ``Basic`` (``ws://cliprt:KEY@host:port``, for clients that
cannot send a header), and is judged before the upgrade.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping, Sequence

from cliprt.errors import UsageError
from cliprt.serving.address import is_loopback, named_host

VARIABLE = "CLIPRT_SERVE_KEY"
"""Environment variable with the key."""

SHORTEST_KEY = 16
OPEN_PATHS = ("/healthz", "/health")
"""Answered without the key: they say nothing but that the server lives."""

_MAKE = "Make one: python -c 'import secrets; print(secrets.token_urlsafe(32))' > key.txt"


class Access:
    """The rules.

    Args:
        host: The address that the server binds to.
        key: What clients have to show; None = nothing, on a loopback address only.

    Raises:
        UsageError: A key is needed, or is none that could be kept from guessers.
    """

    def __init__(self, host: str, key: str | None) -> None:
        if key is None and not is_loopback(host):
            raise UsageError(
                f"--host {host} can be reached from other machines, which need a key to ask the"
                f" policy. Give --key-file FILE, or set {VARIABLE}. {_MAKE}"
            )
        if key is not None and not (key.isascii() and key.isprintable() and " " not in key):
            raise UsageError(f"the key has characters that cannot be sent. {_MAKE}")
        if key is not None and len(key) < SHORTEST_KEY:
            raise UsageError(f"the key has fewer than {SHORTEST_KEY} characters. {_MAKE}")
        self._key = key

    def refusal(self, path: str, headers: Mapping[str, Sequence[str]]) -> tuple[int, str] | None:
        """Why a request is refused, as HTTP status and text; None if it is fine.

        Args:
            path: Without its query.
            headers: All values of each, by lower-case name.
        """
        if headers.get("origin"):
            return 403, "A page in a browser may not ask the policy."
        if path in OPEN_PATHS:
            return None
        if self._key is None:
            hosts = headers.get("host", ())
            if len(hosts) != 1 or not is_loopback(named_host(hosts[0])):
                return 421, "This name does not belong to the policy's server. Use 127.0.0.1."
            return None
        shown = headers.get("authorization", ())
        if len(shown) == 1 and hmac.compare_digest(_key_in(shown[0]), self._key.encode()):
            return None
        return 401, "This policy needs a key. Send it as: Authorization: Api-Key KEY"


def _key_in(authorization: str) -> bytes:
    """The key that a header shows; empty if it shows none."""
    scheme, _, rest = authorization.partition(" ")
    secret = rest.strip().encode("latin-1", "replace")
    if scheme.lower() in ("api-key", "bearer"):
        return secret
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(secret, validate=True).partition(b":")[2]
        except ValueError:
            pass
    return b""
