"""Which format a checkpoint is of."""

from __future__ import annotations

from medsam_core.checkpoints.candidate import Candidate, listed
from medsam_core.checkpoints.formats.finetune_sam import FinetuneSam
from medsam_core.checkpoints.formats.format import Format
from medsam_core.checkpoints.formats.hugging_face import HuggingFace
from medsam_core.checkpoints.formats.litemedsam import LiteMedSam
from medsam_core.checkpoints.formats.medsam import MedSam
from medsam_core.checkpoints.formats.micro_sam import MicroSam
from medsam_core.checkpoints.formats.mobile_sam import MobileSam
from medsam_core.checkpoints.formats.own import Own
from medsam_core.checkpoints.formats.refused import LOOK_ALIKES, OTHERS
from medsam_core.checkpoints.formats.sam import Sam
from medsam_core.checkpoints.formats.sam_med2d import SamMed2D
from medsam_core.checkpoints.formats.samed import SaMed
from medsam_core.errors import CheckpointError

FORMATS: tuple[Format, ...] = (
    Own(),  # says what it is
    *LOOK_ALIKES,
    HuggingFace(),  # other names for everything
    SaMed(),  # a difference, not a network
    SamMed2D(),  # parts that plain SAM has not
    MicroSam(),
    FinetuneSam(),
    LiteMedSam(),  # encoder families
    MobileSam(),
    MedSam(),  # told from SAM only by signs around the weights
    Sam(),
    *OTHERS,
)
"""In the order in which they are asked: the first that recognises a file takes it."""


def detect(candidate: Candidate) -> Format:
    """Find the format of a file.

    Raises:
        CheckpointError: nobody recognises it.
    """
    for row in FORMATS:
        if row.recognises(candidate):
            return row
    raise CheckpointError(
        candidate.path,
        f"is of no format that we know (its weights: {listed(candidate.tensors)})",
        "give a SAM-type checkpoint: SAM, MedSAM, LiteMedSAM, MobileSAM, finetune-SAM, SAMed or micro-sam",
    )
