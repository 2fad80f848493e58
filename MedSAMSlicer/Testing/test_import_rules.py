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

SHELL = REPOSITORY / "MedSAMSlicer" / "MedSAMSlicerLib"
VIEWER = REPOSITORY / "MedSAMSlicer" / "medsam_viewer"
DOORS = [REPOSITORY / "MedSAMSlicer" / "MedSAMSlicer.py", SHELL / "SegmentEditorEffect.py"]
"""What Slicer itself loads: at its start, and when the effect is registered."""

OF_SLICER = {
    "slicer",
    "vtk",
    "vtkmodules",
    "qt",
    "ctk",
    "numpy",
    "scipy",
    "SimpleITK",
    "SegmentEditorEffects",
}
"""What every Slicer has; all else is there only after the user has let it be installed."""

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
    root = TRAINING.parent if path.is_relative_to(TRAINING) else ENGINE.parent
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


@pytest.mark.parametrize("door", DOORS, ids=lambda p: p.name)
def test_slicer_loads_the_extension_without_anything_that_slicer_lacks(door: Path) -> None:
    """Followed through every import that happens at load time, in our own packages too."""
    seen: dict[Path, Path | None] = {door: None}
    waiting, wrong = [door], []
    while waiting:
        path = waiting.pop()
        for name, line, now in _imports(path):
            own = _own_files(name) if now else []
            for file in own:
                if file not in seen:
                    seen[file] = path
                    waiting.append(file)
            if now and not own and _top(name) not in OF_SLICER | sys.stdlib_module_names:
                wrong.append(f"{_chain(path, seen)}:{line} imports {name}")
    assert wrong == []


def _own_files(name: str) -> list[Path]:
    """The files that importing a module of ours runs: those of its packages, and its own."""
    parts = name.split(".")
    if parts[0] not in (ENGINE.name, SHELL.name):
        return []
    folders = [ENGINE.parent.joinpath(*parts[:n]) for n in range(1, len(parts) + 1)]
    files = [folder / "__init__.py" for folder in folders] + [folders[-1].with_suffix(".py")]
    return [file for file in files if file.exists()]


def _chain(path: Path, seen: dict[Path, Path | None]) -> str:
    before = seen[path]
    return path.name if before is None else f"{_chain(before, seen)} > {path.name}"


@pytest.mark.parametrize("path", [*_sources(SHELL), *DOORS[:1]], ids=lambda p: p.name)
def test_the_slicer_face_imports_no_other_face_and_no_training(path: Path) -> None:
    forbidden = {"medsam_training", "medsam_viewer", "trame", "trame_slicer", "PyQt5", "PySide6"}
    assert [(n, line) for n, line, _ in _imports(path) if _top(n) in forbidden] == []


def test_qt_is_at_home_in_the_slicer_face_alone() -> None:
    testing = [p for p in _sources(REPOSITORY / "MedSAMSlicer" / "Testing") if "in_slicer" not in p.parts]
    wrong = [
        (str(path), name)
        for path in [*_sources(VIEWER), *_sources(TRAINING), *testing]
        for name, _, _ in _imports(path)
        if _top(name) in {"qt", "ctk", "PythonQt"}
    ]
    assert wrong == []


def test_nobody_imports_torchvision() -> None:
    wrong = [
        str(path)
        for path in [
            *_sources(ENGINE),
            *_sources(SHELL),
            *_sources(VIEWER),
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
