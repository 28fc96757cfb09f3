"""A plugin's constructor options, read from its source: no plugin is imported to check a recipe.

Importing a policy takes seconds (torch, lightning); parsing its file takes milliseconds.  Where the
source is not enough (compiled code, factories), the plugin is imported after all.
"""

from __future__ import annotations

import ast
import collections.abc
import importlib.util
import inspect
import typing
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from cliprt.registry import entries, load

UNKNOWN = object()
"""Default of an option whose default is not a plain value in the source."""

REQUIRED = object()
"""Default of an option without one."""

_PLAIN = {"bool": bool, "int": int, "float": float, "str": str, "None": type(None)}
_GENERIC = {
    "tuple": tuple,
    "list": list,
    "dict": dict,
    "Sequence": collections.abc.Sequence,
    "Mapping": collections.abc.Mapping,
}


@dataclass(frozen=True)
class Option:
    """One parameter of a constructor: its annotation (``Any`` if too clever) and default."""

    name: str
    annotation: Any
    default: Any


@dataclass(frozen=True)
class Options:
    """A constructor's parameters; `is_open` where ``**kwargs`` takes any other too."""

    parameters: tuple[Option, ...]
    is_open: bool = False

    def named(self, name: str) -> Option | None:
        """The parameter called `name`."""
        return next((option for option in self.parameters if option.name == name), None)


def constructor_options(kind: str, name: str, may_import: bool = True) -> Options:
    """The constructor parameters (without ``self``) of a registered plugin.

    Args:
        kind, name: A registered plugin.
        may_import: Import it where its source is not enough; without, such a plugin is open.

    Raises:
        PluginError: The source says nothing and importing fails.
    """
    target = next(entry.target for entry in entries(kind) if entry.name == name)
    module, _, class_name = target.partition(":")
    constructor = _find_constructor(module, class_name)
    if constructor is not None:
        return _from_source(*constructor)
    if not may_import:
        return Options((), is_open=True)
    return _from_signature(inspect.signature(load(kind, name)))


def _find_constructor(
    module: str, class_name: str, depth: int = 8
) -> tuple[ast.FunctionDef, ast.Module] | None:
    """``__init__`` of a class, also when inherited or re-exported, and the module it is in."""
    tree = _parse_module(module)
    if tree is None or depth == 0:
        return None
    for node in tree.body:
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if (alias.asname or alias.name) == class_name:
                    origin = _absolute(module, node)
                    return _find_constructor(origin, alias.name, depth - 1)
        if isinstance(node, ast.ClassDef) and node.name == class_name:
            for child in node.body:
                if isinstance(child, ast.FunctionDef) and child.name == "__init__":
                    return child, tree
            if node.decorator_list:
                return None
            for base in node.bases:
                found = isinstance(base, ast.Name) and _find_constructor(module, base.id, depth - 1)
                if found:
                    return found
    return None


@cache
def _parse_module(module: str) -> ast.Module | None:
    """The syntax tree of a module, found without importing any parent package."""
    top, *rest = module.split(".")
    try:
        spec = importlib.util.find_spec(top)
    except (ImportError, ValueError):
        return None
    if spec is None:
        return None
    if rest:
        folders = [Path(folder, *rest) for folder in spec.submodule_search_locations or ()]
        paths = [p for f in folders for p in (f.with_suffix(".py"), f / "__init__.py")]
    else:
        paths = [Path(spec.origin)] if spec.origin and spec.origin.endswith(".py") else []
    for path in paths:
        if path.is_file():
            return ast.parse(path.read_text(encoding="utf-8"))
    return None


def _absolute(module: str, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    spec_path = module.split(".")
    # ``from .backend import X`` inside a package's __init__ counts from the package itself.
    is_package = importlib.util.find_spec(spec_path[0]) is not None and _is_package(module)
    base = spec_path[: len(spec_path) - node.level + is_package]
    return ".".join([*base, node.module] if node.module else base)


def _is_package(module: str) -> bool:
    top, *rest = module.split(".")
    spec = importlib.util.find_spec(top)
    folders = (spec.submodule_search_locations if spec else None) or ()
    return any(Path(folder, *rest, "__init__.py").is_file() for folder in folders)


def _from_source(init: ast.FunctionDef, tree: ast.Module) -> Options:
    arguments = init.args
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults: list[ast.expr | None] = [None] * (len(positional) - len(arguments.defaults))
    pairs = [*zip(positional, [*defaults, *arguments.defaults], strict=True)][1:]
    pairs += zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    parameters = tuple(
        Option(arg.arg, _annotation(arg.annotation, tree), _default(value, tree))
        for arg, value in pairs
    )
    return Options(parameters, is_open=arguments.kwarg is not None)


def _default(node: ast.expr | None, tree: ast.Module) -> Any:
    if node is None:
        return REQUIRED
    if isinstance(node, ast.Name):
        node = _assigned(node.id, tree) or node
    try:
        return ast.literal_eval(node)
    except ValueError:
        return UNKNOWN


def _annotation(node: ast.expr | None, tree: ast.Module) -> Any:
    """A syntax tree as a typing object; ``Any`` for whatever is not about plain values."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        node = ast.parse(node.value, mode="eval").body
    if isinstance(node, ast.Constant) and node.value is None:
        return type(None)
    if isinstance(node, ast.Name):
        alias = _assigned(node.id, tree)
        return _PLAIN.get(node.id) or (_annotation(alias, tree) if alias else Any)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return typing.Union[_annotation(node.left, tree), _annotation(node.right, tree)]  # noqa: UP007
    if not isinstance(node, ast.Subscript) or not isinstance(node.value, ast.Name):
        return Any
    parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    if node.value.id == "Literal":
        return Literal[tuple(ast.literal_eval(part) for part in parts)]
    generic: Any = _GENERIC.get(node.value.id)
    if generic is None:
        return Any
    is_ellipsis = [isinstance(p, ast.Constant) and p.value is Ellipsis for p in parts]
    inner = [
        ... if dots else _annotation(p, tree) for p, dots in zip(parts, is_ellipsis, strict=True)
    ]
    return generic[tuple(inner)]


def _assigned(name: str, tree: ast.Module) -> ast.expr | None:
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == name for target in node.targets
        ):
            return node.value
        if (
            isinstance(node, ast.AnnAssign)
            and isinstance(node.target, ast.Name)
            and node.target.id == name
        ):
            return node.value
    return None


def _from_signature(signature: inspect.Signature) -> Options:
    kinds = inspect.Parameter
    named = [
        p
        for p in signature.parameters.values()
        if p.kind in (kinds.POSITIONAL_OR_KEYWORD, kinds.KEYWORD_ONLY)
    ]
    parameters = tuple(
        Option(p.name, Any, REQUIRED if p.default is kinds.empty else p.default) for p in named
    )
    is_open = any(p.kind is kinds.VAR_KEYWORD for p in signature.parameters.values())
    return Options(parameters, is_open)
