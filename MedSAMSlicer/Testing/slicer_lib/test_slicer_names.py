"""Every name that the Slicer face uses of Qt and of Slicer is one that they have.

`slicer_names.json` says for each name where the sources of Slicer 5.8.1 and of its main branch (2026), with
CTK and Qt 5.15, declare it. A typing error in a method's name would else show only in front of a user.
"""

from __future__ import annotations

import ast
import builtins
import importlib
import inspect
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

MODULE = Path(__file__).resolve().parents[2]
SHELL = [MODULE / "MedSAMSlicer.py", *sorted((MODULE / "MedSAMSlicerLib").rglob("*.py"))]
IN_SLICER = sorted((MODULE / "Testing" / "in_slicer").glob("*.py"))
DECLARED = json.loads((Path(__file__).parent / "slicer_names.json").read_text(encoding="utf-8"))

LIBRARIES = {"numpy", "torch", "psutil", "packaging"}
BEHIND_A_NAME = [
    "numpy.linalg",
    "numpy.random",
    "numpy.testing",
    "torch.backends.mps",
    "torch.cuda",
    "unittest",
]
"""Modules that are reached by a dot rather than imported."""


def trees(paths: list[Path]) -> Iterator[tuple[Path, ast.Module]]:
    for path in paths:
        yield path, ast.parse(path.read_text(encoding="utf-8"))


def python_modules() -> list[str]:
    """The modules of Python and of its libraries that the face imports."""
    found = set(BEHIND_A_NAME)
    for _, tree in trees([*SHELL, *IN_SLICER]):
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                found.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                found.add(node.module)
    known = LIBRARIES | sys.stdlib_module_names
    return sorted(name for name in found if name.split(".")[0] in known and name != "__future__")


def own_names() -> set[str]:
    """What our own sources define: functions, classes, attributes, arguments."""
    names = {"medsamslicer", "MedSAMSlicerInstance"}  # of slicer.modules, made by Slicer from our names
    for _, tree in trees([*SHELL, *IN_SLICER, *sorted((MODULE / "medsam_core").rglob("*.py"))]):
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
                names.add(node.name)
            elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                names.add(node.attr)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                names.add(node.id)
            elif isinstance(node, ast.arg):
                names.add(node.arg)
    return names


def names_of_python() -> set[str]:
    """What Python and its libraries offer: modules, their classes, and the classes' methods."""
    modules = python_modules()
    names = set(modules) | {part for module in modules for part in module.split(".")}
    for module in [builtins, *map(importlib.import_module, modules)]:
        for name in dir(module):
            names.add(name)
            value = getattr(module, name, None)
            if inspect.isclass(value) and not module.__name__.startswith("torch"):
                names.update(dir(value))
    return names


def names_of_mrml() -> set[str]:
    """What the real classes of MRML and VTK offer."""
    import slicer
    import vtkmodules.all as vtk

    names: set[str] = set()
    for module in (slicer, vtk):
        for name in dir(module):
            names.add(name)
            value = getattr(module, name)
            if inspect.isclass(value):
                names.update(dir(value))
    return names


def names_of_the_ui() -> set[str]:
    """The widgets of the .ui files."""
    texts = [path.read_text(encoding="utf-8") for path in (MODULE / "Resources").rglob("*.ui")]
    return {
        name for text in texts for name in re.findall(r'(?:widget|layout) class="\w+" name="(\w+)"', text)
    }


def used_names() -> dict[str, str]:
    """Attribute -> a file that uses it, but for those whose owner is known otherwise."""
    used: dict[str, str] = {}
    for path, tree in trees([*SHELL, *IN_SLICER]):
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
                used.setdefault(node.attr, path.name)
            elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in (
                "slicer",
                "qt",
                "ctk",
            ):
                for alias in node.names:
                    used.setdefault(alias.name, path.name)
    known = own_names() | names_of_python() | names_of_mrml() | names_of_the_ui()
    return {name: path for name, path in used.items() if name not in known}


@pytest.fixture(scope="module")
def used() -> dict[str, str]:
    return used_names()


def test_every_name_is_declared_by_slicer_or_qt(used: dict[str, str]) -> None:
    assert {name: path for name, path in used.items() if name not in DECLARED} == {}


def test_every_name_is_there_in_the_oldest_and_the_newest_slicer_or_asked_for_first(
    used: dict[str, str],
) -> None:
    lacking = {name for name in used if name in DECLARED and not all(DECLARED[name].values())}
    text = "\n".join(path.read_text(encoding="utf-8") for path in [*SHELL, *IN_SLICER])
    unasked = {name for name in lacking if not re.search(rf'(hasattr|getattr)\([^)]*"{name}"', text)}
    assert unasked == set()


def test_the_list_holds_no_name_that_is_not_used(used: dict[str, str]) -> None:
    assert sorted(set(DECLARED) - set(used)) == []


def test_every_widget_that_the_code_names_is_in_the_ui_and_every_named_one_is_used() -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in [*SHELL, *IN_SLICER])
    uses = set(re.findall(r"\bui\.(\w+)", text))
    assert uses - names_of_the_ui() == set()
    buttons = {name for name in names_of_the_ui() if name.endswith(("Button", "Selector", "CheckBox"))}
    assert {name for name in buttons if not re.search(rf"\b{name}\b", text)} == set()
