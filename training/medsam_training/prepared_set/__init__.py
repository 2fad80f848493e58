"""The data set that training and evaluation read: slices as arrays that load without decoding."""

from medsam_training.prepared_set.prepared_case import PreparedCase, SliceRef
from medsam_training.prepared_set.prepared_set import PreparedSet

__all__ = ["PreparedCase", "PreparedSet", "SliceRef"]
