"""DICOM's short names for modalities, out of the words people use."""

from __future__ import annotations

import re

# The first word found decides; longer words that hold shorter ones stand first.
_WORDS: tuple[tuple[str, str], ...] = (
    ("pet", "PT"),
    ("ct", "CT"),
    ("cbct", "CT"),
    ("hu", "CT"),
    ("mr", "MR"),
    ("mri", "MR"),
    ("flair", "MR"),
    ("t1", "MR"),
    ("t1w", "MR"),
    ("t2", "MR"),
    ("t2w", "MR"),
    ("adc", "MR"),
    ("us", "US"),
    ("ultrasound", "US"),
    ("endoscopy", "ES"),
    ("laryngoscopy", "ES"),
    ("colonoscopy", "ES"),
    ("fundus", "OP"),
    ("oct", "OPT"),
    ("microscopy", "GM"),
    ("histology", "SM"),
    ("pathology", "SM"),
    ("dermoscopy", "XC"),
    ("photograph", "XC"),
    ("photography", "XC"),
    ("xray", "DX"),
    ("x-ray", "DX"),
    ("cxr", "DX"),
    ("mammo", "MG"),
    ("mammography", "MG"),
)
_SHORT = frozenset(short for _, short in _WORDS) | {"NM", "CR", "DX", "XA", "IVUS", "RF"}


def short_modality(words: str | None) -> str | None:
    """ "MR (T1, cropped)", "ultrasound" or "CT_Abd" as MR, US or CT; None where nothing is recognised."""
    if not words:
        return None
    if words.strip().upper() in _SHORT:
        return words.strip().upper()
    found = re.findall(r"[a-z0-9]+(?:-[a-z]+)?", words.lower().replace("_", " "))
    table = dict(_WORDS)
    return next((table[word] for word in found if word in table), None)
