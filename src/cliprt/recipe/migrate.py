"""What recipes of 0.1.0 said in other words; run folders keep them."""

from __future__ import annotations

from typing import Any


def migrate(layer: dict[str, Any]) -> str:
    """Bring one layer of a recipe up to date, in place; what was changed, in one line, or "".

    >>> layer = {"data": {"source": "shards", "shards": "a.tar"}}
    >>> migrate(layer)
    "data.source and data.shards are now data.sources: [{'name': 'shards', 'path': 'a.tar'}]"
    >>> layer
    {'data': {'sources': [{'name': 'shards', 'path': 'a.tar'}]}}
    """
    data = layer.get("data")
    if not isinstance(data, dict) or not {"source", "shards"} & set(data):
        return ""
    source, shards = data.pop("source", None), data.pop("shards", None)
    if source == "store" or not (source or shards):
        data |= {"sources": [{"name": "store"}]} if source else {}
        return ""  # as it is by default
    data["sources"] = [{"name": source or "shards", **({"path": shards} if shards else {})}]
    return f"data.source and data.shards are now data.sources: {data['sources']}"
