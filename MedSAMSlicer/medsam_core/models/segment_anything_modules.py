"""The building blocks of the `segment-anything` package, without running its ``__init__``.

``segment_anything/__init__`` imports torchvision, which its networks do not need and which fails to
import as soon as its version does not match torch's ("operator torchvision::nms does not exist"). So the
two parts that we build on, ``modeling`` and ``build_sam``, are imported under a private parent package
that points at the same folder; ``sys.modules["segment_anything"]`` is never touched.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

from medsam_core.errors import MedSAMError

PRIVATE_NAME = "medsam_core.models._segment_anything"
_REMEDY = 'install it: pip install "segment-anything==1.0"'


def _is_the_package(folder: Path) -> bool:
    return (folder / "modeling" / "__init__.py").is_file() and (folder / "build_sam.py").is_file()


def _candidate_folders() -> list[Path]:
    """Where the package may lie; the installed distribution first.

    Public forks ship a folder of the same name, and a script started inside such a clone finds that
    folder first on ``sys.path``; the installed distribution's own record is not fooled by it.
    """
    folders: list[Path] = []
    try:
        distribution = importlib.metadata.distribution("segment-anything")
        folders.append(Path(str(distribution.locate_file("segment_anything"))))
    except importlib.metadata.PackageNotFoundError:
        pass
    try:
        spec = importlib.util.find_spec("segment_anything")
    except ValueError:  # somebody's stand-in without a __spec__ is in sys.modules
        spec = None
    if spec is not None and spec.submodule_search_locations:
        folders.extend(Path(location) for location in spec.submodule_search_locations)
    return folders


def _private_parent() -> ModuleType:
    for folder in _candidate_folders():
        if _is_the_package(folder):
            parent = ModuleType(PRIVATE_NAME, "segment-anything's folder, without its __init__")
            parent.__path__ = [str(folder)]
            return parent
    raise MedSAMError("segment-anything", "the package is not installed", _REMEDY)


def _load() -> tuple[ModuleType, ModuleType]:
    """Import ``modeling`` and ``build_sam`` under the private parent.

    Raises:
        MedSAMError: the package is not installed, or is not the one we know.
    """
    if PRIVATE_NAME not in sys.modules:
        sys.modules[PRIVATE_NAME] = _private_parent()
    try:
        return (
            importlib.import_module(f"{PRIVATE_NAME}.modeling"),
            importlib.import_module(f"{PRIVATE_NAME}.build_sam"),
        )
    except ImportError as error:
        raise MedSAMError("segment-anything", f"cannot be imported ({error})", _REMEDY) from error


modeling, build_sam = _load()

_image_encoder = sys.modules[f"{PRIVATE_NAME}.modeling.image_encoder"]
_transformer = sys.modules[f"{PRIVATE_NAME}.modeling.transformer"]
_common = sys.modules[f"{PRIVATE_NAME}.modeling.common"]

ImageEncoderViT = modeling.ImageEncoderViT
PromptEncoder = modeling.PromptEncoder
MaskDecoder = modeling.MaskDecoder
TwoWayTransformer = modeling.TwoWayTransformer

EncoderBlock = _image_encoder.Block
EncoderAttention = _image_encoder.Attention
window_partition = _image_encoder.window_partition
window_unpartition = _image_encoder.window_unpartition
get_rel_pos = _image_encoder.get_rel_pos

DecoderLayer = _transformer.TwoWayAttentionBlock
DecoderAttention = _transformer.Attention

LayerNorm2d = _common.LayerNorm2d
MLPBlock = _common.MLPBlock
