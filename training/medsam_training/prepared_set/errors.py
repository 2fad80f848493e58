"""What can be wrong with a prepared set."""

from __future__ import annotations

from medsam_core.errors import MedSAMError


class PreparedSetError(MedSAMError):
    """A prepared set that cannot be read or used."""
