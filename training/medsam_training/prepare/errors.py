"""What can be wrong with data on their way into a prepared set."""

from __future__ import annotations

from medsam_core.errors import MedSAMError


class SourceError(MedSAMError):
    """A folder, list or option that ends the run: nothing can be prepared until it is put right."""


class CaseError(MedSAMError):
    """A case that cannot be used; it is left out and told, the others go on."""


class LeakError(SourceError):
    """One patient, or one image, in two splits."""
