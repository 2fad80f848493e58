"""What `Session.pump` returns: what a face has to show anew."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from medsam_core.errors import MedSAMError
from medsam_core.intensity import IntensityWindow

if TYPE_CHECKING:
    from medsam_core.session.preview import Preview
    from medsam_core.session.run_state import Run
    from medsam_core.session.segment_writer import WriteRecord


@dataclass(frozen=True)
class VolumeReady:
    """The volume can be worked with.

    Attributes:
        window: how its values are shown to the model, and why.
    """

    window: IntensityWindow


@dataclass(frozen=True)
class SliceReady:
    """A slice of the grid in use was read by the model: prompting it now takes no time."""

    index: int


@dataclass(frozen=True, eq=False)
class PreviewChanged:
    """The preview is another one, or none."""

    preview: Preview | None


@dataclass(frozen=True, eq=False)
class RunChanged:
    """Slices of a run were done since the last time, or it began, ended, was committed or discarded.

    Attributes:
        run: see its phase and its segments.
        indices: the slices that are new, in the order in which they were done.
    """

    run: Run
    indices: tuple[int, ...] = ()


@dataclass(frozen=True, eq=False)
class Written:
    """Something was written into segments: one step of undo.

    Attributes:
        record: how long it took, and the voxels that changed in each segment.
        run: what was written, if it was a run.
    """

    record: WriteRecord
    run: Run | None = None


@dataclass(frozen=True)
class Failure:
    """Something went wrong; the next request works.

    Attributes:
        sentence: what to tell the user, in one line.
        topic: what it was about.
        error: what was raised.
    """

    sentence: str
    topic: str
    error: BaseException = field(repr=False, compare=False)

    @classmethod
    def of(cls, topic: str, error: BaseException) -> Failure:
        """A sentence for any error."""
        if isinstance(error, MedSAMError):
            return cls(str(error), topic, error)
        told = " ".join(f"{type(error).__name__} {error}".split())
        return cls(f"the model: failed unexpectedly ({told}); try again, or use another model", topic, error)


Event = VolumeReady | SliceReady | PreviewChanged | RunChanged | Written | Failure
