"""The YAML file of one arm: read with every mistake at its line, written with comments."""

from __future__ import annotations

import dataclasses
import os
import tempfile
import typing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from cliprt.errors import RecipeError, UsageError, did_you_mean
from cliprt_ur.config import UrConfig
from cliprt_ur.config_rules import RULES, find_mistakes, value_at


def default_path(host: str) -> Path:
    """Where the configuration of an arm is: ``~/.config/cliprt/ur/<host>.yaml``.

    ``XDG_CONFIG_HOME`` takes the place of ``~/.config`` where it is set.
    """
    home = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(home) / "cliprt" / "ur" / f"{host.replace(':', '_')}.yaml"


def load_config(path: str | Path) -> UrConfig:
    """Read and check the configuration of an arm.

    Raises:
        UsageError: There is no such file, or it is no text.
        RecipeError: What it says is wrong; every mistake, with its line.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise UsageError(
            f"{path}: there is no such file. Let it be written: cliprt ur check HOST"
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: cannot be read ({error}). Check the path.") from error
    return parse_config(text, str(path))


def parse_config(text: str, name: str = "config.yaml") -> UrConfig:
    """YAML -> configuration; `name` is the file's in error texts.

    Raises:
        RecipeError: Every mistake, as ``file.yaml:14: limits.speed_m_s: ...``.
    """
    reader = _Reader()
    config = reader.read(text)
    reported = [key for _, key, _ in reader.problems]
    for key, problem in find_mistakes(config) if "" not in reported else ():
        if not any(_is_within(key, other) or _is_within(other, key) for other in reported):
            reader.problems.append((reader.line_of(key), key, problem))
    if reader.problems:
        raise RecipeError(
            f"{name}:{line}: {key}: {problem}" if key else f"{name}:{line}: {problem}"
            for line, key, problem in sorted(reader.problems, key=lambda found: found[0])
        )
    return config


def check_config(config: UrConfig) -> None:
    """Raise unless every value of a configuration is allowed.

    Raises:
        RecipeError: Every mistake, as ``limits.speed_m_s: ...``.
    """
    if mistakes := find_mistakes(config):
        raise RecipeError(f"{key}: {problem}" for key, problem in mistakes)


def save_config(config: UrConfig, path: str | Path) -> None:
    """Write a configuration, whole or not at all; `load_config` gives back the very same.

    Raises:
        RecipeError: It has mistakes; nothing is written.
        UsageError: The file cannot be written; an older one is untouched.
    """
    check_config(config)
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(format_config(config))
                file.flush()
                os.fsync(file.fileno())
            os.replace(draft, path)
        except BaseException:
            os.unlink(draft)
            raise
    except OSError as error:
        raise UsageError(f"{path}: cannot be written ({error}). Check folder and space.") from error


def format_config(config: UrConfig) -> str:
    """A configuration as YAML, every value with what it is and its unit."""
    lines = [f"# What cliprt knows of the arm at {config.host}.", "# To be asked again: "]
    lines[1] += f"cliprt ur check {config.host}"
    section = ""
    for key, rule in RULES.items():
        head, _, name = key.rpartition(".")
        if head != section:
            section = head
            lines += ["", f"{head}:"] if head else [""]
        unit = f" [{rule.unit}]" if rule.unit else ""
        comment = f"  # {rule.about}{unit}"
        value = value_at(config, key)
        if isinstance(value, dict) and value:
            block = yaml.safe_dump(value, sort_keys=False, allow_unicode=True)
            lines += [f"{name}:{comment}", *(f"  {line}" for line in block.splitlines())]
        else:
            lines.append(f"{'  ' if head else ''}{name}: {_inline(value)}{comment}")
    return "\n".join(lines) + "\n"


def _inline(value: Any) -> str:
    text = str(yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=10**9))
    return text.removesuffix("\n").removesuffix("\n...")


def _is_within(key: str, other: str) -> bool:
    return key == other or key.startswith((f"{other}.", f"{other}["))


@dataclass
class _Reader:
    """Walks YAML's nodes along the dataclasses of `config`; notes mistakes and goes on.

    Attributes:
        lines: Key -> line, from 1.
        problems: (line, key, text).
    """

    lines: dict[str, int] = field(default_factory=dict)
    problems: list[tuple[int, str, str]] = field(default_factory=list)

    def read(self, text: str) -> UrConfig:
        try:
            node = yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            problem = f"not valid YAML: {error.problem or error.context}. Check quotes and indent."
            self.problems.append((mark.line + 1 if mark else 1, "", problem))
            return UrConfig(host="")
        except yaml.reader.ReaderError as error:
            self.problems.append((1, "", f"not a text file: {error.reason}. Check the path."))
            return UrConfig(host="")
        except RecursionError:
            self.problems.append(
                (1, "", "nested far too deeply. A configuration has three levels.")
            )
            return UrConfig(host="")
        if not isinstance(node, yaml.MappingNode):
            self.problems.append((1, "", "not a configuration. Begin with: host: ADDRESS"))
            return UrConfig(host="")
        values = self.section(node, "", UrConfig)
        if "host" not in values and "host" not in self.lines:
            self.problems.append((1, "host", "is missing. Give the controller's address."))
        return UrConfig(**{"host": "", **values})

    def line_of(self, key: str) -> int:
        while key and key not in self.lines:
            cut = max(key.rfind("."), key.rfind("["), 0)
            key = key[:cut]
        return self.lines.get(key, 1)

    def note(self, node: yaml.Node, key: str, problem: str) -> None:
        self.problems.append((node.start_mark.line + 1, key, problem))

    def section(self, node: yaml.Node, prefix: str, kind: Any) -> dict[str, Any]:
        types = typing.get_type_hints(kind)
        values: dict[str, Any] = {}
        if not isinstance(node, yaml.MappingNode):
            self.note(node, prefix, f"is no section. Allowed keys: {', '.join(types)}.")
            return values
        for name_node, value_node in node.value:
            name = str(name_node.value)
            key = f"{prefix}.{name}" if prefix else name
            if key in self.lines:
                self.note(name_node, key, f"is given twice (first on line {self.lines[key]}).")
                continue
            self.lines[key] = name_node.start_mark.line + 1
            if name not in types:
                hint = did_you_mean(name, types)
                self.note(name_node, key, f"no such key.{hint} Allowed: {', '.join(types)}.")
                continue
            try:
                values[name] = self.value(value_node, key, types[name])
            except (ValueError, yaml.YAMLError) as error:
                self.note(value_node, key, str(error).splitlines()[0])
        return values

    def value(self, node: yaml.Node, key: str, kind: Any) -> Any:
        if dataclasses.is_dataclass(kind):
            return kind(**self.section(node, key, kind))  # type: ignore[operator]
        if kind is float:
            return _number(node)
        if kind is str:
            return _word(node)
        if typing.get_origin(kind) is list:
            if not isinstance(node, yaml.SequenceNode):
                raise ValueError("is no list. Allowed: values in brackets, as [0.0, 0.0, 0.1].")
            read = _number if typing.get_args(kind) == (float,) else _word
            return [read(child) for child in node.value]
        return self.options(node, key, deep=typing.get_args(kind)[1] is not Any)

    def options(self, node: yaml.Node, key: str, deep: bool) -> dict[str, Any]:
        """A gripper (`deep` False) or cameras (True), whose keys are their plugins' own."""
        if not isinstance(node, yaml.MappingNode):
            raise ValueError("is no mapping. Allowed: name: ... and its options, indented.")
        for name_node, value_node in node.value:
            self.lines[f"{key}.{name_node.value}"] = name_node.start_mark.line + 1
            if deep:
                self.options(value_node, f"{key}.{name_node.value}", deep=False)
        loader = yaml.SafeLoader("")
        return {str(name): value for name, value in loader.construct_document(node).items()}


def _word(node: yaml.Node) -> str:
    if not isinstance(node, yaml.ScalarNode):
        raise ValueError("is no text. Allowed: one word or path, in quotes if need be.")
    return "" if node.tag.endswith(":null") else str(node.value)


def _number(node: yaml.Node) -> float:
    text = node.value if isinstance(node, yaml.ScalarNode) else f"a {node.id}"
    try:
        return float(text)
    except ValueError as error:
        raise ValueError(f"{text!r} is no number. Give a plain one, without its unit.") from error
