"""What ``cliprt data`` says for people: of a data set, and of what was converted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cliprt.data.rlds.features import STEPS
from cliprt.vocabularies.grid import Oxe50Vocabulary


def tell_inspected(facts: Mapping[str, Any]) -> str:
    """What :func:`cliprt.stages.inspect_data.inspect_data` found."""
    lines = [f"{facts['name']} {facts['version']} in {facts['folder']}"]
    for split, one in facts["splits"].items():
        gone = f" ({one['missing']} are not here)" if one["missing"] else ""
        lines.append(f"  {split}: {one['records']} episodes in {one['shards']} shards{gone}")
    steps = [one for one in facts["columns"] if one["key"].startswith(STEPS)]
    others = [one for one in facts["columns"] if one not in steps]
    lines += ["", "columns of a step:", *map(_column, steps)]
    lines += ["", "columns of an episode:", *map(_column, others)] if others else []
    lines += ["", f"instructions, of {facts['records_read']} episodes:"]
    lines += [f"  {text!r}" for text in facts["instructions"]] or ["  none"]
    lines += ["", *_sets(facts), *_rules(facts)]
    return "\n".join(lines)


def tell_converted(one: Mapping[str, Any]) -> str:
    """What became of one set, :meth:`cliprt.stages.convert.Conversion.to_dict`."""
    share = f" ({100 * one['kept'] / one['steps']:.0f} %)" if one["steps"] else ""
    lines = [
        f"{one['set']} by the rule {one['rule']}: {one['done']} of {one['shards']} shards"
        f" ({one['done_before']} were done before), {one['records']} episodes,"
        f" {one['kept']} of {one['steps']} steps kept{share}"
    ]
    if one["unreadable"]:
        lines.append(f"{one['unreadable']} steps were left out: their images are damaged")
    if one["done"] < one["shards"]:
        lines.append(
            f"{one['shards'] - one['done']} shards are still to be done, here or elsewhere"
        )
    elif one["steps"] and not one["kept"] and not one["unreadable"]:
        lines.append(f"The rule {one['rule']} finds nothing to say in this set; try the other one")
    else:
        lines.append(f"Train: 'data.sources=[{{name: shards, path: \"{one['folder']}\"}}]'")
    return "\n".join(lines)


def tell_verified(facts: Mapping[str, Any]) -> str:
    """What :func:`cliprt.stages.verify_shards.verify` found."""
    problems = facts["problems"]
    summary = (
        f"{facts['shards']} shards, {facts['records']} episodes, {facts['kept']} of"
        f" {facts['steps']} steps, SHA-256 {facts['sha256']}: {len(problems) or 'no'} problems"
    )
    return "\n".join([*problems, summary])


def _column(one: Mapping[str, Any]) -> str:
    shape = " x ".join("any" if size is None else str(size) for size in one["shape"])
    key = one["key"].removeprefix(STEPS)
    if one["kind"] == "other":
        return f"  {key:<46} not read: {one['reason']}"
    return f"  {key:<46} {one['kind']:<8} {one['dtype']:<8} {shape}".rstrip()


def _sets(facts: Mapping[str, Any]) -> Iterator[str]:
    if facts["set"] is None:
        yield f"No set is called {facts['name']!r}."
    for rule, columns in facts["missing"].items():
        if columns:
            keys = ", ".join(key.removeprefix(STEPS) for key in columns)
            yield f"As the set {facts['set']!r}, the rule {rule} lacks {keys}."
    fits = ", ".join(facts["fits"]) or "none; write a row of your own (--sets FILE)"
    yield f"Sets whose columns are here: {fits}"


def _rules(facts: Mapping[str, Any]) -> Iterator[str]:
    """Yield and labels of the rules, side by side."""
    rules, steps = facts["rules"], facts["steps_read"]
    if not rules:
        return
    yield ""
    yield f"As the set {facts['set']!r}, of {steps} steps:"
    yield f"  {'':<56}" + "".join(f"{rule:>12}" for rule in rules)
    yield f"  {'kept':<56}" + "".join(f"{_share(one['kept'], steps):>12}" for one in rules.values())
    for p in Oxe50Vocabulary().primitives:
        counts = [one["histogram"].get(str(p.label), 0) for one in rules.values()]
        if any(counts):
            yield f"  {p.phrase:<56}" + "".join(f"{count:>12}" for count in counts)


def _share(kept: int, steps: int) -> str:
    return f"{100 * kept / steps:.0f} %" if steps else "-"
