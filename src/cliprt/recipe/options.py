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
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from cliprt.registry import entries, load, names
from cliprt.types import Limit, Reach

UNKNOWN = object()
"""Default of an option whose default is not a plain value in the source."""

REQUIRED = object()
"""Default of an option without one."""

_PLAIN = {"bool": bool, "int": int, "float": float, "str": str, "Path": Annotated[str, Path]}
_MARKS: dict[str, type[Limit | Reach]] = {"Limit": Limit, "Reach": Reach}
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
    constructor = _find_constructor(*target.partition(":")[::2])
    if constructor is not None:
        return _from_source(*constructor)
    if not may_import:
        return Options((), is_open=True)
    return _from_signature(inspect.signature(load(kind, name)))


def are_variants(kind: str, one: str, other: str) -> bool:
    """Whether two registered plugins take the very same options, as far as their sources tell."""
    if not {one, other} <= set(names(kind)):
        return False
    options = constructor_options(kind, one, may_import=False)
    return not options.is_open and options == constructor_options(kind, other, may_import=False)


def class_value(kind: str, name: str, attribute: str) -> Any:
    """What a registered plugin's class, or one that it inherits from, sets as `attribute`.

    None where nothing in the source says it; no plugin is imported.
    """
    target = next(entry.target for entry in entries(kind) if entry.name == name)
    return _class_value(*target.partition(":")[::2], attribute)


def _class_value(module: str, class_name: str, attribute: str) -> Any:
    found, module = _find_definition(module, class_name)
    if not isinstance(found, ast.ClassDef):
        return None
    for child in found.body:
        match child:
            case ast.Assign(targets=[ast.Name(id=name)], value=node) if name == attribute:
                return _default(node, module)
            case ast.AnnAssign(target=ast.Name(id=name), value=node) if name == attribute:
                return _default(node, module)
    bases = (base.id for base in found.bases if isinstance(base, ast.Name))
    inherited = (_class_value(module, base, attribute) for base in bases)
    return next((value for value in inherited if value is not None), None)


def _find_constructor(module: str, class_name: str) -> tuple[ast.FunctionDef, str] | None:
    """``__init__`` of a class, its own or inherited, and the module that it is written in."""
    found, module = _find_definition(module, class_name)
    if not isinstance(found, ast.ClassDef) or found.decorator_list:
        return None
    for child in found.body:
        if isinstance(child, ast.FunctionDef) and child.name == "__init__":
            return child, module
    inherited = (_find_constructor(module, b.id) for b in found.bases if isinstance(b, ast.Name))
    return next(filter(None, inherited), None)


def _find_definition(module: str, name: str) -> tuple[ast.AST | None, str]:
    """The class, or the assigned value, called `name`, followed through ``from x import y``."""
    seen: set[tuple[str, str]] = set()
    while (module, name) not in seen:
        seen.add((module, name))
        for node in _statements(_parse_module(module)):
            match node:
                case ast.ClassDef() if node.name == name:
                    return node, module
                case ast.Assign(targets=[ast.Name(id=target)], value=value) if target == name:
                    return value, module
                case ast.AnnAssign(target=ast.Name(id=target), value=value) if target == name:
                    return value, module
                case ast.ImportFrom():
                    original = next(
                        (a.name for a in node.names if name in (a.asname, a.name)), None
                    )
                    if original is not None:
                        module, name = _absolute(module, node), original
                        break
    return None, module


def _statements(tree: ast.Module | None) -> Iterator[ast.stmt]:
    """What a module says at its top, ``if TYPE_CHECKING:`` included."""
    for node in tree.body if tree else ():
        yield node
        if isinstance(node, ast.If):
            yield from node.body


@cache
def _parse_module(module: str) -> ast.Module | None:
    """The syntax tree of a module, found without importing any parent package."""
    top, *rest = module.split(".")
    spec = importlib.util.find_spec(top) if top else None
    if spec is None:
        return None
    folders = (spec.submodule_search_locations or ()) if rest else ()
    paths = [Path(folder, *rest).with_suffix(".py") for folder in folders]
    paths += [Path(folder, *rest, "__init__.py") for folder in folders]
    if not rest:
        paths = [Path(str(spec.origin))]
    path = next((path for path in paths if path.suffix == ".py" and path.is_file()), None)
    try:
        return ast.parse(path.read_text(encoding="utf-8")) if path else None
    except (SyntaxError, ValueError):
        return None


def _folders(package: str) -> Sequence[str]:
    spec = importlib.util.find_spec(package)
    return (spec.submodule_search_locations if spec else None) or ()


def _absolute(module: str, node: ast.ImportFrom) -> str:
    """The full name of the module that a ``from ... import`` in `module` names."""
    if not node.level:
        return node.module or ""
    top, *rest = module.split(".")
    is_package = any(Path(folder, *rest, "__init__.py").is_file() for folder in _folders(top))
    parents = [top, *rest]
    parents = parents[: len(parents) - node.level + is_package]
    return ".".join([*parents, node.module] if node.module else parents)


def _from_source(init: ast.FunctionDef, module: str) -> Options:
    arguments = init.args
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults: list[ast.expr | None] = [None] * (len(positional) - len(arguments.defaults))
    pairs = [*zip(positional, [*defaults, *arguments.defaults], strict=True)][1:]
    pairs += zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    parameters = tuple(
        Option(arg.arg, _annotation(arg.annotation, module), _default(value, module))
        for arg, value in pairs
    )
    return Options(parameters, is_open=arguments.kwarg is not None)


def _default(node: ast.AST | None, module: str) -> Any:
    if node is None:
        return REQUIRED
    try:
        return _value(node, module)
    except ValueError:
        return UNKNOWN


def _value(node: ast.AST, module: str) -> Any:
    """The plain value that an expression writes out, or that its name stands for."""
    if isinstance(node, ast.Name):
        node = _find_definition(module, node.id)[0] or node
    return ast.literal_eval(node)


def _annotation(node: ast.AST | None, module: str) -> Any:
    """A syntax tree as a typing object; ``Any`` for whatever is not about plain values."""
    try:
        return _read_annotation(node, module)
    except (SyntaxError, ValueError, RecursionError):  # enums in a Literal, types of themselves
        return Any


def _read_annotation(node: ast.AST | None, module: str) -> Any:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        node = ast.parse(node.value, mode="eval").body
    if isinstance(node, ast.Constant) and node.value is None:
        return type(None)
    if isinstance(node, ast.Name):
        if node.id in _PLAIN:
            return _PLAIN[node.id]
        return _read_annotation(*_find_definition(module, node.id))
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        sides = (_read_annotation(side, module) for side in (node.left, node.right))
        return typing.Union[tuple(sides)]  # noqa: UP007 - Any | int is no expression
    if not isinstance(node, ast.Subscript) or not isinstance(node.value, ast.Name):
        return Any
    parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    if node.value.id == "Literal":
        return Literal[tuple(ast.literal_eval(part) for part in parts)]
    if node.value.id == "Annotated":
        limited: Any = (_read_annotation(parts[0], module), *_marks(parts[1:], module))
        return typing.Annotated[limited]
    generic: Any = _GENERIC.get(node.value.id)
    if generic is None:
        return Any
    is_ellipsis = [isinstance(p, ast.Constant) and p.value is Ellipsis for p in parts]
    inner = [
        ... if dots else _read_annotation(p, module)
        for p, dots in zip(parts, is_ellipsis, strict=True)
    ]
    return generic[tuple(inner)]


def _marks(parts: Sequence[ast.expr], module: str) -> Iterator[Limit | Reach | None]:
    """What an annotation's metadata says of numbers and of reach; whatever else is None."""
    for part in parts:
        function = part.func if isinstance(part, ast.Call) else None
        kind = _MARKS.get(getattr(function, "id", ""))
        if isinstance(part, ast.Call) and kind:
            named = {str(k.arg): _value(k.value, module) for k in part.keywords}
            yield kind(*(_value(value, module) for value in part.args), **named)
        else:
            yield None


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
