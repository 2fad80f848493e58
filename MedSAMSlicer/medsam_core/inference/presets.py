"""How each published network wants its picture and how it turns logits into a mask: one row each.

Facts were read in the public sources that each row names. Adding a preset is adding a row.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from medsam_core.errors import OptionError

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
SAM_PIXEL_MEAN = (123.675, 116.28, 103.53)
SAM_PIXEL_STD = (58.395, 57.12, 57.375)


class Fit(str, Enum):
    """How a picture of any shape gets onto the square input."""

    SQUASH = "squash"
    """Both sides to the input size, the aspect ratio lost."""
    PAD = "pad"
    """The longest side to the input size, zeros (after normalisation) at the bottom or right."""


class Interpolation(str, Enum):
    """Whose resize is meant; `resize.resize` does them."""

    SKIMAGE_CUBIC = "skimage-cubic"
    """skimage's order 3 with anti-aliasing, truncated to uint8."""
    SKIMAGE_CUBIC_FLOAT = "skimage-cubic-float"
    """The same, not truncated."""
    PIL_BILINEAR = "pil-bilinear"
    """Pillow's bilinear, whose support widens when shrinking; torchvision's Resize on a PIL image."""
    CV_AREA = "cv-area"
    """OpenCV's INTER_AREA."""
    CV_NEAREST = "cv-nearest"
    """OpenCV's INTER_NEAREST."""
    NDIMAGE_CUBIC = "ndimage-cubic"
    """``scipy.ndimage.zoom(order=3)``; not truncated, may pass 0..255."""
    TORCH_BILINEAR = "torch-bilinear"
    """torch's bilinear with antialias, in float32."""


class Coordinates(str, Enum):
    """What numbers the network is given for a box and a click. Ours are pixel indices, boxes inclusive."""

    INDICES = "indices"
    """Pixel indices, scaled."""
    TRUNCATED = "truncated"
    """The same, boxes cut to whole pixels, towards 0."""
    EDGES = "edges"
    """Pixel x covers x to x + 1: a box is its outer edges, a click the middle of its pixel; then scaled."""


@dataclass(frozen=True, kw_only=True)
class Normalisation:
    """Steps from 0..255 to the network's values, in this order.

    Attributes:
        divisor: divide by it first.
        min_max: then map the picture's own range (all channels, before padding) to 0..1.
        mean, std: then subtract and divide, per channel.
        double: whether the last two run in float64 rather than float32 before the cast to float32.
    """

    divisor: float = 1.0
    min_max: bool = False
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    std: tuple[float, float, float] = (1.0, 1.0, 1.0)
    double: bool = False


@dataclass(frozen=True, kw_only=True)
class OutputRule:
    """Steps from low-resolution logits to a mask of the picture's size.

    Padding is always cropped off, and interpolation is bilinear with ``align_corners=False``.

    Attributes:
        sigmoid_first: interpolate probabilities, not logits.
        through_input_size: interpolate to the network's input size before that of the picture.
        cut_logits: the mask is logit > 0; otherwise probability > 0.5, which float rounding makes differ
            for logits below 1e-7.
        first_class: of a multi-class network, the index of the token that is background; the tokens before
            it are thrown away. None: the network's tokens are not classes.
        labels_at_input_size: the class with the highest logit is chosen at the input size, and labels are
            carried to the picture by ``scipy.ndimage.zoom(order=0)``; otherwise at the picture's size.
    """

    sigmoid_first: bool = False
    through_input_size: bool = False
    cut_logits: bool = False
    first_class: int | None = None
    labels_at_input_size: bool = False


@dataclass(frozen=True, kw_only=True)
class Preset:
    """One published way of using a network.

    Attributes:
        name: as in checkpoints and on the command line.
        image_size: side in pixels of the network's square input; `dataclasses.replace` it for a network of
            another size.
        fit: squash or pad.
        interpolation: whose resize.
        via_size: resize to this side first (SQUASH only).
        normalisation: from 0..255 to the network's values.
        coordinates: what a box and a click become.
        output: from logits to masks.
        multimask: the published inference asks for alternatives and takes the best scored.
        prompt_free: it may be asked without any prompt.
        source: where the steps were read.
    """

    name: str
    image_size: int
    fit: Fit
    interpolation: Interpolation
    normalisation: Normalisation
    output: OutputRule
    source: str
    via_size: int | None = None
    coordinates: Coordinates = Coordinates.INDICES
    multimask: bool = False
    prompt_free: bool = False


_MIN_MAX = Normalisation(min_max=True, double=True)
_SAM_MEAN = Normalisation(mean=SAM_PIXEL_MEAN, std=SAM_PIXEL_STD)
_IMAGENET = Normalisation(divisor=255, mean=IMAGENET_MEAN, std=IMAGENET_STD)
_SAM_OUTPUT = OutputRule(through_input_size=True, cut_logits=True)

_ROWS = (
    Preset(
        name="medsam",
        image_size=1024,
        fit=Fit.SQUASH,
        interpolation=Interpolation.SKIMAGE_CUBIC,
        normalisation=_MIN_MAX,
        output=OutputRule(sigmoid_first=True),
        source="bowang-lab/MedSAM main, MedSAM_Inference.py",
    ),
    Preset(
        name="litemedsam",
        image_size=256,
        fit=Fit.PAD,
        interpolation=Interpolation.CV_AREA,
        normalisation=_MIN_MAX,
        coordinates=Coordinates.TRUNCATED,
        output=OutputRule(),
        source="bowang-lab/MedSAM LiteMedSAM, CVPR24_LiteMedSAM_infer.py",
    ),
    Preset(
        name="sam",
        image_size=1024,
        fit=Fit.PAD,
        interpolation=Interpolation.PIL_BILINEAR,
        normalisation=_SAM_MEAN,
        output=_SAM_OUTPUT,
        source="facebookresearch/segment-anything, predictor.py, modeling/sam.py (also MobileSAM, micro-sam)",
    ),
    Preset(
        name="hf_sam",
        image_size=1024,
        fit=Fit.PAD,
        interpolation=Interpolation.PIL_BILINEAR,
        normalisation=_IMAGENET,
        output=_SAM_OUTPUT,
        source="huggingface/transformers, SamImageProcessor: SAM's steps, pixels divided by 255 first",
    ),
    Preset(
        name="sam_med2d",
        image_size=256,
        fit=Fit.SQUASH,
        interpolation=Interpolation.CV_NEAREST,
        normalisation=_SAM_MEAN,
        output=OutputRule(through_input_size=True),
        multimask=True,
        source="OpenGVLab/SAM-Med2D, predictor_sammed.py (its data loader pads pictures below 256 instead)",
    ),
    Preset(
        name="finetune_sam",
        image_size=1024,
        fit=Fit.SQUASH,
        interpolation=Interpolation.PIL_BILINEAR,
        normalisation=_IMAGENET,
        output=OutputRule(first_class=1),
        prompt_free=True,
        source="mazurowski-lab/finetune-SAM, utils/dataset.py, normalize_type sam (it scores masks at 256)",
    ),
    Preset(
        name="finetune_sam_minmax",
        image_size=1024,
        fit=Fit.SQUASH,
        interpolation=Interpolation.PIL_BILINEAR,
        normalisation=Normalisation(divisor=255, min_max=True),
        output=OutputRule(first_class=1),
        prompt_free=True,
        source="mazurowski-lab/finetune-SAM, utils/dataset.py, normalize_type medsam",
    ),
    Preset(
        name="samed",
        image_size=512,
        fit=Fit.SQUASH,
        interpolation=Interpolation.NDIMAGE_CUBIC,
        via_size=224,
        normalisation=Normalisation(divisor=255),
        output=OutputRule(through_input_size=True, first_class=0, labels_at_input_size=True),
        prompt_free=True,
        source="hitachinsk/SAMed, utils.py, test.py (its CT is clipped to -125..275 HU before)",
    ),
    Preset(
        name="demo",
        image_size=256,
        fit=Fit.PAD,
        interpolation=Interpolation.TORCH_BILINEAR,
        normalisation=Normalisation(min_max=True),
        coordinates=Coordinates.EDGES,
        output=OutputRule(cut_logits=True),
        source="trained here, training/medsam_training",
    ),
)

PRESETS: dict[str, Preset] = {row.name: row for row in _ROWS}
"""The rows by name."""


def find_preset(name: str) -> Preset:
    """The row of that name; hyphens count as underscores.

    Raises:
        OptionError: there is none.
    """
    row = PRESETS.get(name.replace("-", "_"))
    if row is None:
        raise OptionError(
            "preset", f"there is no preprocessing preset '{name}'", f"use one of {', '.join(PRESETS)}"
        )
    return row
