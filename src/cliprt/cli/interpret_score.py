"""What ``cliprt interpret --evaluate`` prints: how often an interpreter is right, and its price."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cliprt.cli.output import emit, note
from cliprt.errors import UsageError

if TYPE_CHECKING:
    from cliprt.language.interface import Interpreter
    from cliprt.language.judging import Case, Judgement, Score
    from cliprt.vocabularies.interface import ActionVocabulary

_LISTED = 20


def evaluate(
    source: str,
    name: str,
    options: Sequence[str],
    vocabulary: ActionVocabulary,
    fmt: str,
) -> int:
    """Read every utterance of a file or set, and print the table.

    Args:
        source: A file, a shipped set or ``all``.
        name: Of a registered interpreter.
        options: Its options, as ``key=value``.
        vocabulary: What labels and phrases in the file mean.
        fmt: ``text`` or ``json``.

    Raises:
        UsageError: No such file, a line that is wrong, an option that cannot be.
    """
    from cliprt.language.judging import add_up
    from cliprt.language.utterance_files import load_cases

    cases = load_cases(source, vocabulary)
    interpreter = build_interpreter(name, options, vocabulary)
    judgements = judge_all(interpreter, cases, f"reading {source} by {name}")
    if len(judgements) < len(cases):
        note(f"interrupted: {len(judgements)} of {len(cases)} utterances were read.")
    report = to_json(name, options, source, len(cases), judgements, add_up(judgements))
    emit(report, fmt, to_text(report))
    return 0


def build_interpreter(
    name: str, options: Sequence[str], vocabulary: ActionVocabulary
) -> Interpreter:
    """An interpreter with options, checked as a recipe's would be.

    Raises:
        UsageError: An option without ``=``.
        RecipeError: An option that it does not have, or of the wrong kind.
    """
    from cliprt.recipe import build
    from cliprt.recipe.find import shipped_recipe
    from cliprt.recipe.load import load_recipe

    for option in options:
        if "=" not in option:
            raise UsageError(
                f"{option!r} is no option of the interpreter. Write it as key=value,"
                " e.g. model=openai/gpt-4o-mini."
            )
    overrides = [f"interpreter={name}", *(f"interpreter.{option}" for option in options)]
    return build.build_interpreter(load_recipe(shipped_recipe("tiny"), overrides), vocabulary)


def judge_all(interpreter: Interpreter, cases: Sequence[Case], title: str) -> list[Judgement]:
    """Read and judge each case; an interruption keeps those that are judged."""
    from cliprt.language.interface import Situation
    from cliprt.language.judging import judge
    from cliprt.stages.progress import show_progress

    judgements: list[Judgement] = []
    try:
        with show_progress(title, len(cases)) as advance:
            for case in cases:
                interpreter.situate(Situation(case.last))
                begin = time.perf_counter()
                reading = interpreter.read(case.utterance)
                judgements.append(judge(case, reading, time.perf_counter() - begin))
                advance("")
    except KeyboardInterrupt:
        if not judgements:
            raise
    return judgements


def to_json(
    name: str,
    options: Sequence[str],
    source: str,
    planned: int,
    judgements: Sequence[Judgement],
    score: Score,
) -> dict[str, Any]:
    """The whole result, as JSON values."""
    from cliprt.evaluation.statistics import wilson_interval

    def share(count: int) -> dict[str, Any]:
        rate = count / score.cases if score.cases else None
        return {"count": count, "rate": rate, "interval": wilson_interval(count, score.cases)}

    return {
        "interpreter": name,
        "options": list(options),
        "file": source,
        "utterances": planned,
        "read": score.cases,
        **{verdict.replace(" ", "_"): share(count) for verdict, count in score.counts.items()},
        "offered": share(score.offered),
        "latency_s": {"median": score.median_s, "p95": score.p95_s},
        "cost_usd": None if score.cost_unknown else score.cost_usd,
        "cost_known_usd": score.cost_usd,
        "cost_unknown": score.cost_unknown,
        "mistakes": [_mistake(one) for one in judgements if one.verdict != "right"],
    }


def to_text(report: dict[str, Any]) -> str:
    """The same as a table for people, the mistakes below it, wrong moves first."""
    rows = [
        ("right", "right"),
        ("asked", "asked"),
        ("  and offered what was meant", "offered"),
        ("wrong move", "wrong_move"),
        ("wrong stop or end", "wrong_end"),
    ]
    lines = [f"{report['interpreter']} on {report['file']}: {report['read']} utterances"]
    lines += [f"{title:<30}{_share(report[key])}" for title, key in rows]
    latency = report["latency_s"]
    lines += [
        f"{'latency':<30}median {_milliseconds(latency['median'])},"
        f" 95 % below {_milliseconds(latency['p95'])}",
        f"{'cost':<30}{_cost(report)}",
    ]
    order = ["wrong move", "wrong end", "asked"]
    mistakes = sorted(report["mistakes"], key=lambda one: order.index(one["verdict"]))
    lines += [
        f"{one['verdict']}: {one['utterance']!r} was to be {one['expected']}, and is"
        f" {one['decision']}: {one['reason']}"
        for one in mistakes[:_LISTED]
    ]
    if len(mistakes) > _LISTED:
        lines.append(f"... and {len(mistakes) - _LISTED} more: --format json lists them all")
    return "\n".join(lines)


def _mistake(judgement: Judgement) -> dict[str, Any]:
    from cliprt.language.telling import tell

    reading = judgement.reading
    return {
        "verdict": judgement.verdict,
        "utterance": judgement.case.utterance,
        "expected": " | ".join(_expected(one) for one in judgement.case.expected),
        "decision": reading.decision,
        "phrases": [p.phrase for p in reading.primitives],
        "offers": [tell(p, reading.language) for p in reading.offers],
        "reason": reading.reason,
    }


def _expected(expected: Any) -> str:
    if isinstance(expected, str):
        return expected
    return "; ".join(str(target) for target in expected)


def _share(share: dict[str, Any]) -> str:
    low, high = share["interval"]
    rate = "-" if share["rate"] is None else f"{share['rate']:.1%}"
    return f"{share['count']:>6}  {rate:>6}  (95 %: {low:.1%} to {high:.1%})"


def _milliseconds(seconds: float | None) -> str:
    return "-" if seconds is None else f"{seconds * 1000:.3g} ms"


def _cost(report: dict[str, Any]) -> str:
    if not report["cost_unknown"]:
        return f"${report['cost_known_usd']:.6g}"
    known = report["read"] - report["cost_unknown"]
    return (
        f"unknown ({report['cost_unknown']} readings without a price; the other {known}:"
        f" ${report['cost_known_usd']:.6g})"
    )
