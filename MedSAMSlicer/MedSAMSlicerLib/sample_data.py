"""The bundled case among Slicer's sample data."""

from __future__ import annotations

from pathlib import Path

NAME = "MedSAMDemo"


def register_sample_data(resources: Path) -> None:
    """Offer the demo case, image and truth, in the module Sample Data.

    Args:
        resources: the module's folder of resources.
    """
    from SampleData import SampleDataLogic

    case = resources / "DemoCase"
    SampleDataLogic.registerCustomSampleDataSource(
        category="MedSAM",
        sampleName=NAME,
        thumbnailFileName=str(resources / "Icons" / f"{NAME}.png"),
        uris=[(case / "image.nrrd").as_uri(), (case / "truth.seg.nrrd").as_uri()],
        fileNames=[f"{NAME}.nrrd", f"{NAME}-truth.seg.nrrd"],
        nodeNames=[NAME, f"{NAME} truth"],
        loadFileTypes=["VolumeFile", "SegmentationFile"],
        loadFiles=[True, True],
    )
