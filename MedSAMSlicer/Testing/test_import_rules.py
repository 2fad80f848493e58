"""The house rules of who may import whom, held by reading every import statement."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
ENGINE = REPOSITORY / "MedSAMSlicer" / "medsam_core"
TRAINING = REPOSITORY / "training" / "medsam_training"

GUI = {"qt", "ctk", "PythonQt", "PyQt5", "PySide6", "trame", "trame_slicer"}
MRML = {"slicer", "vtk", "vtkmodules"}
HEAVY = {"torch", "openvino", "segment_anything", "monai", "lightning"}
MAY_IMPORT_TORCH = ("models", "checkpoints", "inference", "propagation", "bench", "bench.py")
PART_MAY_USE = {
    # part: the other parts of the engine that it may import (the nouns at the top level are free to all)
    "models": {"models"},
    "checkpoints": {"checkpoints", "models", "inference.presets", "inference.device"},
    "inference": {"inference", "models", "checkpoints"},
    "propagation": {"propagation", "inference", "checkpoints", "models"},
    "batch": {"batch", "formats", "propagation", "inference", "checkpoints"},
    "jobs": {"jobs"},
    "session": {"session", "jobs", "inference", "propagation", "checkpoints"},
    "interaction": {"interaction", "session"},
}


def _sources(root: Path) -> list[Path]:
    return sorted(p for p in root.rglob("*.py") if "__pycache__" not in p.parts)


def _imports(path: Path) -> Iterator[tuple[str, int, bool]]:
    """Each absolute module name that a file imports, its line, and whether it happens at import time."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    lazy = _lazy_lines(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno, node.lineno not in lazy
        elif isinstance(node, ast.ImportFrom):
            base = _package_of(path, node.level) if node.level else ""
            module = ".".join(part for part in (base, node.module) if part)
            names = [f"{module}.{a.name}" for a in node.names] if node.level else [module]
            for name in names:
                yield name, node.lineno, node.lineno not in lazy


def _lazy_lines(tree: ast.Module) -> set[int]:
    """Lines inside functions or under TYPE_CHECKING: not run when the module is imported."""
    lines: set[int] = set()
    for node in ast.walk(tree):
        typing_only = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or typing_only:
            lines.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return lines


def _package_of(path: Path, level: int) -> str:
    root = ENGINE.parent if path.is_relative_to(ENGINE) else TRAINING.parent
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[: len(parts) - level])


def _top(name: str) -> str:
    return name.split(".")[0]


@pytest.mark.parametrize("path", _sources(ENGINE), ids=lambda p: str(p.relative_to(ENGINE)))
def test_the_engine_imports_no_face_no_training_and_no_qt(path: Path) -> None:
    forbidden = GUI | {"medsam_training", "medsam_viewer", "MedSAMSlicerLib"}
    if "mrml" not in path.relative_to(ENGINE).parts:
        forbidden = forbidden | MRML
    assert [(n, line) for n, line, _ in _imports(path) if _top(n) in forbidden] == []


@pytest.mark.parametrize("path", _sources(ENGINE), ids=lambda p: str(p.relative_to(ENGINE)))
def test_torch_is_imported_at_load_time_only_where_models_run(path: Path) -> None:
    if path.relative_to(ENGINE).parts[0] in MAY_IMPORT_TORCH:
        return
    assert [(n, line) for n, line, now in _imports(path) if now and _top(n) in HEAVY] == []


@pytest.mark.parametrize("part", sorted(PART_MAY_USE))
def test_each_part_of_the_engine_imports_only_the_parts_below_it(part: str) -> None:
    others = {p.name for p in ENGINE.iterdir() if p.is_dir()} - {"__pycache__"}
    allowed = {f"medsam_core.{name}" for name in PART_MAY_USE[part]}
    wrong = [
        (str(path.relative_to(ENGINE)), name)
        for path in _sources(ENGINE / part)
        for name, _, _ in _imports(path)
        if name.startswith("medsam_core.")
        and name.split(".")[1] in others
        and not any(name == a or name.startswith(a + ".") for a in allowed)
    ]
    assert wrong == []


def test_nobody_imports_torchvision() -> None:
    wrong = [
        str(path)
        for path in [
            *_sources(ENGINE),
            *_sources(TRAINING),
            *_sources(REPOSITORY / "MedSAMSlicer" / "Testing"),
        ]
        for name, _, _ in _imports(path)
        if _top(name) == "torchvision"
    ]
    assert wrong == []


@pytest.mark.parametrize(
    "statement",
    [
        "import medsam_core",
        "from medsam_core import Volume, Geometry, Prompts, read_volume, segment_volume, write_segmentation",
        "from medsam_core.cli import main; main(['segment', '--help'])",
        "from medsam_core.cli import main; main(['models', 'list'])",
    ],
)
def test_torch_is_not_loaded_before_a_model_is(statement: str) -> None:
    code = f"{statement}\nimport sys; assert 'torch' not in sys.modules, 'torch was imported'"
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False
    )
    assert run.returncode == 0, run.stderr
