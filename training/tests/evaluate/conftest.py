"""Balls in small volumes, as pairs and prepared; rows made by hand; networks of random weights."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
import torch

from medsam_core.checkpoints.own import OwnHeader, write_own
from medsam_core.models.registry import build_network
from medsam_training.evaluate.row import Row, Variant
from medsam_training.evaluate.subject import Subject
from medsam_training.prepare.cleaning import CleaningRules
from medsam_training.prepare.label_rules import LabelRules
from medsam_training.prepare.options import PrepareOptions
from medsam_training.prepare.run import prepare_set
from medsam_training.prepare.split import SplitRule
from testkit.tiny_models import a_tiny_architecture

MODEL = Variant("net", "box", 64)


def a_row(
    dsc: float = 0.8, *, variant: Variant = MODEL, set_name: str = "a", case: str = "1", **changes
) -> Row:
    """A row of a case; `patient` is the case unless said."""
    values = {
        "variant": variant,
        "seed": 0,
        "set_name": set_name,
        "case_id": f"{set_name}/{case}",
        "patient": f"{set_name}/{case}",
        "modality": "MR",
        "label": "ball",
        "number": 1,
        "part": 0,
        "slice_number": None,
        "truth_size": 100,
        "dsc": dsc,
        "nsd": 0.9,
        "hd95": 2.0,
        "iou": dsc / (2 - dsc),
        "score": None,
        "tolerance": 2.0,
        "unit": "mm",
    }
    return Row(**(values | changes))


@pytest.fixture
def row() -> Callable[..., Row]:
    """Makes a row."""
    return a_row


@pytest.fixture
def a_disc() -> Subject:
    """A bright disc in a picture."""
    y, x = np.mgrid[:60, :80]
    disc = (x - 40) ** 2 + (y - 25) ** 2 < 15**2
    image = np.where(disc, 200, 60).astype(np.uint8)
    return Subject("discs", "discs/1", "1", None, "disc", 1, 0, (image,), disc, None)


def write_ball(folder: Path, name: str, seed: int, sequences: tuple[str, ...] = ("",)) -> None:
    """A volume of 8 slices with a ball (1) and, on the two middle slices, a rod (2); and its mask."""
    rng = np.random.default_rng(seed)
    k, j, i = np.mgrid[:8, :40, :36]
    middle = rng.integers(14, 22, 2)
    labels = (((k - 4) * 3) ** 2 + (j - middle[0]) ** 2 + (i - middle[1]) ** 2 < 81).astype(np.uint8)
    labels[3:5, 33:38, 4:30] = 2
    for part in ("images", "masks"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    for number, sequence in enumerate(sequences):
        grey = np.array([40, 180 - 60 * number, 120], np.int16)[labels] + rng.integers(0, 20, labels.shape)
        for part, array in (("images", grey.astype(np.int16)), ("masks", labels)):
            image = sitk.GetImageFromArray(array)
            image.SetSpacing((1.0, 1.0, 3.0))
            sitk.WriteImage(image, str(folder / part / f"{name}{sequence}.nii.gz"))


@pytest.fixture(scope="session")
def balls(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of four cases as pairs of files."""
    folder = tmp_path_factory.mktemp("data") / "balls"
    for number in range(4):
        write_ball(folder, f"case{number}", number)
    return folder


@pytest.fixture(scope="session")
def prepared_balls(balls: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, prepared: all of them for the test."""
    folder = tmp_path_factory.mktemp("prepared") / "set"
    labels = LabelRules.parse("1=ball,2=rod")
    options = PrepareOptions(labels, CleaningRules(0, 0), split=SplitRule.parse("0/0/1"))
    prepare_set([balls], folder, options, workers=1)
    return folder


@pytest.fixture(scope="session")
def tiny_vit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SAM of random weights at 64 pixels."""
    return write_tiny(tmp_path_factory.mktemp("vit") / "tiny.safetensors", 1)


@pytest.fixture(scope="session")
def tiny_classes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network of random weights that answers two classes without a prompt."""
    path = tmp_path_factory.mktemp("classes") / "classes.safetensors"
    names = ("background", "ball", "rod")
    return write_tiny(path, 1, preset="samed", classes=names, mask_tokens=3, class_tokens=True)


def write_tiny(
    path: Path, seed: int, preset: str = "medsam", classes: tuple[str, ...] = (), **changes: object
) -> Path:
    """A checkpoint of random weights."""
    torch.manual_seed(seed)
    architecture = a_tiny_architecture(**changes)
    header = OwnHeader(name="tiny", architecture=architecture, preset=preset, class_names=classes)
    return write_own(build_network(architecture), path, header)
