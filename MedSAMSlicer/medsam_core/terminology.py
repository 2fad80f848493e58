"""What a segment is, in the coded terms 3D Slicer keeps with it."""

from __future__ import annotations

import re
from dataclasses import dataclass

_CONTEXT = "Segmentation category and type - 3D Slicer General Anatomy list"
_REGION_CONTEXT = "Anatomic codes - DICOM master list"
_TISSUE = ("85756007", "Tissue")
_STRUCTURE = ("123037004", "Anatomical Structure")
_ALTERED = ("49755003", "Morphologically Altered Structure")
_SIDES = {"right": ("24028007", "Right"), "left": ("7771000", "Left")}


@dataclass(frozen=True)
class Terminology:
    """SNOMED CT codes and meanings of a segment.

    ``str()`` is Slicer's TerminologyEntry tag, context~category~type~modifier~regions.
    """

    category: tuple[str, str]
    type: tuple[str, str]
    modifier: tuple[str, str] | None = None

    def __str__(self) -> str:
        codes = [_code(self.category), _code(self.type), _code(self.modifier)]
        return "~".join([_CONTEXT, *codes, _REGION_CONTEXT, "^^", "^^"])


# Name in a segment: (category, code, meaning), with the codes of Slicer's General Anatomy list. The first
# name found in a segment's name counts: what is altered before where it is.
_ENTRIES: dict[str, tuple[tuple[str, str], str, str]] = {
    "tumour": (_ALTERED, "4147007", "Mass"),
    "tumor": (_ALTERED, "4147007", "Mass"),
    "mass": (_ALTERED, "4147007", "Mass"),
    "lesion": (_ALTERED, "4147007", "Mass"),
    "polyp": (_ALTERED, "4147007", "Mass"),
    "cyst": (_ALTERED, "367643001", "Cyst"),
    "edema": (_ALTERED, "79654002", "Edema"),
    "oedema": (_ALTERED, "79654002", "Edema"),
    "necrosis": (_ALTERED, "6574001", "Necrosis"),
    "hemorrhage": (_ALTERED, "50960005", "Hemorrhage"),
    "haemorrhage": (_ALTERED, "50960005", "Hemorrhage"),
    "adrenal": (_STRUCTURE, "23451007", "Adrenal gland"),
    "aorta": (_STRUCTURE, "15825003", "Aorta"),
    "gallbladder": (_STRUCTURE, "28231008", "Gallbladder"),
    "bladder": (_STRUCTURE, "89837001", "Bladder"),
    "spinal cord": (_STRUCTURE, "2748008", "Spinal cord"),
    "brain": (_STRUCTURE, "12738006", "Brain"),
    "colon": (_STRUCTURE, "71854001", "Colon"),
    "duodenum": (_STRUCTURE, "38848004", "Duodenum"),
    "esophagus": (_STRUCTURE, "32849002", "Esophagus"),
    "oesophagus": (_STRUCTURE, "32849002", "Esophagus"),
    "left ventricle": (_STRUCTURE, "87878005", "Left Ventricle"),
    "right ventricle": (_STRUCTURE, "53085002", "Right Ventricle"),
    "heart": (_STRUCTURE, "80891009", "Heart"),
    "kidney": (_STRUCTURE, "64033007", "Kidney"),
    "larynx": (_STRUCTURE, "4596009", "Larynx"),
    "liver": (_STRUCTURE, "10200004", "Liver"),
    "lung": (_STRUCTURE, "39607008", "Lung"),
    "mandible": (_STRUCTURE, "91609006", "Mandible"),
    "pancreas": (_STRUCTURE, "15776009", "Pancreas"),
    "prostate": (_STRUCTURE, "41216001", "Prostate"),
    "rib": (_STRUCTURE, "113197003", "Rib"),
    "small bowel": (_STRUCTURE, "30315005", "Small Intestine"),
    "small intestine": (_STRUCTURE, "30315005", "Small Intestine"),
    "spleen": (_STRUCTURE, "78961009", "Spleen"),
    "sternum": (_STRUCTURE, "56873002", "Sternum"),
    "stomach": (_STRUCTURE, "69695003", "Stomach"),
    "thyroid": (_STRUCTURE, "69748006", "Thyroid"),
    "trachea": (_STRUCTURE, "44567001", "Trachea"),
    "uterus": (_STRUCTURE, "35039007", "Uterus"),
    "artery": (_TISSUE, "51114001", "Artery"),
    "bone": (_TISSUE, "272673000", "Bone"),
    "fat": (_TISSUE, "248300009", "Body fat"),
    "lymph node": (_TISSUE, "59441001", "Lymph node"),
    "muscle": (_TISSUE, "71616004", "Muscle"),
    "nerve": (_TISSUE, "119410002", "Nerve"),
    "skin": (_TISSUE, "39937001", "Skin"),
    "vein": (_TISSUE, "29092000", "Vein"),
}
_GENERIC = Terminology(_TISSUE, _TISSUE)
# The types for which Slicer's list knows a right and a left one.
_PAIRED = {"23451007", "64033007", "39607008"}


def terminology_for(name: str) -> Terminology:
    """The entry that fits a segment's name ("Left kidney", "liver_tumour_2"), plain tissue if none does."""
    words = f" {' '.join(re.findall(r'[a-z]+', name.lower()))} "
    found = next((key for key in _ENTRIES if f" {key} " in words or f" {key}s " in words), None)
    if found is None:
        return _GENERIC
    category, code, meaning = _ENTRIES[found]
    side = next((side for side in _SIDES if f" {side} " in words), "")
    modifier = _SIDES.get(side) if code in _PAIRED else None
    return Terminology(category, (code, meaning), modifier)


def _code(entry: tuple[str, str] | None) -> str:
    return "^^" if entry is None else f"SCT^{entry[0]}^{entry[1]}"
