"""A prompts file marks the same voxels in every frame, and its mistakes are named by their place."""

from __future__ import annotations

import base64
import json
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from medsam_core import prompts_file
from medsam_core.errors import OptionError, OutputError, PromptError
from medsam_core.geometry import FRAMES, Geometry
from medsam_core.mask_prompt import MaskPrompt
from medsam_core.prompts import Box, Point, Prompts, SegmentPrompt
from medsam_core.prompts_file import read_prompts, write_prompts
from testkit.geometries import an_oblique_geometry, geometries

GRID = an_oblique_geometry((60, 50, 40))
PROMPTS = Prompts(
    (
        SegmentPrompt("liver", 7, (Box((1, 2, 3), (30, 40, 20)), Box((5, 5, 5), (5, 5, 5)))),
        SegmentPrompt("Lebertümor 肝", 2, (), (Point((9, 8, 7)), Point((1, 1, 1), False))),
    )
)


def prompts_in(geometry: Geometry, data: st.DataObject) -> Prompts:
    """Any prompts that lie inside a geometry."""

    def voxel() -> tuple:
        return tuple(data.draw(st.integers(0, size - 1)) for size in geometry.size_ijk)

    segments = [
        SegmentPrompt(
            data.draw(st.text("abc äß肝'\"\\/", min_size=1, max_size=9)) + "x",
            label,
            [Box.between(voxel(), voxel()) for _ in range(data.draw(st.integers(1, 3)))],
            [Point(voxel(), data.draw(st.booleans())) for _ in range(data.draw(st.integers(0, 3)))],
        )
        for label in data.draw(st.lists(st.integers(1, 65535), min_size=1, max_size=4, unique=True))
    ]
    return Prompts(tuple(segments))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(geometries(sheared=True, largest=300), st.data(), st.sampled_from(FRAMES))
def test_what_is_written_in_any_frame_reads_back_the_same(
    tmp_path: Path, geometry: Geometry, data: st.DataObject, frame: str
) -> None:
    prompts = prompts_in(geometry, data)
    path = tmp_path / "prompts.json"
    write_prompts(prompts, path, geometry, frame=frame, overwrite=True)
    assert json.loads(path.read_text(encoding="utf-8"))["frame"] == frame
    assert read_prompts(path, geometry) == prompts


def content(**changes: object) -> dict:
    segment = {"name": "liver", "label": 1, "boxes": [{"min": [1, 2, 3], "max": [4, 5, 6]}]}
    return {"version": 1, "frame": "ijk", "segments": [segment], **changes}


def a_segment(**changes: object) -> dict:
    return content(segments=[{**content()["segments"][0], **changes}])


def a_box(**changes: object) -> dict:
    return a_segment(boxes=[{"min": [1, 2, 3], "max": [4, 5, 6], **changes}])


def a_file(folder: Path, what: object) -> Path:
    path = folder / "prompts.json"
    path.write_bytes(what if isinstance(what, bytes) else json.dumps(what).encode())
    return path


def test_corners_are_opposite_ones_in_any_order(tmp_path: Path) -> None:
    expected = (Box((1, 2, 3), (4, 5, 6)),)
    for low, high in (([1, 2, 3], [4, 5, 6]), ([4, 2, 6], [1, 5, 3]), ([4, 5, 6], [1, 2, 3])):
        prompts = read_prompts(a_file(tmp_path, a_box(min=low, max=high)), GRID)
        assert prompts.segments[0].boxes == expected


@pytest.mark.parametrize("frame", ["ras", "lps"])
def test_a_box_around_the_whole_volume_fits_despite_rounding(tmp_path: Path, frame: str) -> None:
    low = GRID.from_ijk((-0.5, -0.5, -0.5), frame).round(2).tolist()
    high = GRID.from_ijk(np.array(GRID.size_ijk) - 0.5, frame).round(2).tolist()
    prompts = read_prompts(a_file(tmp_path, {**a_box(min=low, max=high), "frame": frame}), GRID)
    assert prompts.segments[0].boxes == (Box((0, 0, 0), (59, 49, 39)),)


def test_positions_are_rounded_to_the_nearest_voxel(tmp_path: Path) -> None:
    prompts = read_prompts(a_file(tmp_path, a_box(min=[0.6, 2.4, -0.4], max=[4.5, 5.0, 39.4])), GRID)
    assert prompts.segments[0].boxes == (Box((1, 2, 0), (5, 5, 39)),)


def test_points_are_positive_unless_said_otherwise(tmp_path: Path) -> None:
    points = [{"position": [1, 2, 3]}, {"position": [3, 2, 1], "positive": False}]
    prompts = read_prompts(a_file(tmp_path, a_segment(points=points)), GRID)
    assert prompts.segments[0].points == (Point((1, 2, 3), True), Point((3, 2, 1), False))


HUGE = [{"min": [1, 2, 3], "max": [4, 5, 6]}]
BAD: dict[str, tuple[object, str]] = {
    "empty": (b"", "is not JSON"),
    "no JSON": (b"{", "is not JSON"),
    "not in UTF-8": (b'{"version": "\xff"}', "is not JSON"),
    "a list": ([], "should be an object"),
    "nested without end": (b"[" * 100_000, "is not JSON"),
    "no version": ({"frame": "ijk", "segments": []}, "version: is missing"),
    "another version": (content(version=2), "version: is 2, this program reads version 1"),
    "a version that is true": (content(version=True), "version: is wrong"),
    "no frame": ({k: v for k, v in content().items() if k != "frame"}, "frame: is missing"),
    "another frame": (content(frame="xyz"), "frame: is wrong .*'ijk', 'ras' or 'lps'"),
    "no segments": (content(segments=[]), "segments: is wrong"),
    "a segment that is text": (content(segments=["liver"]), r"segments\[0\]: is wrong"),
    "a misspelt key": (a_segment(lable=1), r"segments\[0\]\.lable: is not known; did you mean 'label'"),
    "a misspelt key at the top": (content(segment=[]), "segment: is not known; did you mean 'segments'"),
    "a key in capitals": (a_box(Min=[1, 2, 3]), r"boxes\[0\]\.Min: is not known; did you mean 'min'"),
    "a strange key": (content(qqqqqq=1), "qqqqqq: is not known; known are bits, boxes"),
    "a label of 0": (a_segment(label=0), r"segments\[0\]\.label: is wrong"),
    "a label of 65536": (a_segment(label=65536), "label: is wrong"),
    "a label in quotes": (a_segment(label="1"), "label: is wrong"),
    "a label that is true": (a_segment(label=True), "label: is wrong"),
    "a label of 1.5": (a_segment(label=1.5), "label: is wrong"),
    "a label without end": (a_segment(label=10**400), "label: is wrong"),
    "no name": (a_segment(name=""), "name: is wrong"),
    "a name of spaces": (a_segment(name="  "), "its name has 0 characters"),
    "a name without end": (a_segment(name="x" * 200), "name: is wrong"),
    "a name of two lines": (a_segment(name="a\nb"), "control characters"),
    "a name that is a number": (a_segment(name=5), "name: is wrong"),
    "nothing marked": (a_segment(boxes=[]), "'liver': has no box and no positive point"),
    "one label twice": (content(segments=content()["segments"] * 2), "share the label 1"),
    "a corner of two numbers": (a_box(min=[1, 2]), r"boxes\[0\]\.min: is wrong"),
    "a corner of four numbers": (a_box(min=[1, 2, 3, 4]), "min: is wrong"),
    "a corner of text": (a_box(max=["1", "2", "3"]), r"max\[0\]: is wrong"),
    "NaN": (json.dumps(a_box(max=[1, 2, float("nan")])).encode(), r"max\[2\]: is wrong"),
    "infinity": (json.dumps(a_box(max=[1, 2, float("inf")])).encode(), r"max\[2\]: is wrong"),
    "beyond any number": (json.dumps(a_box()).replace("6]", "1e999]").encode(), "is wrong"),
    "no corner": (a_segment(boxes=[{"min": [1, 2, 3]}]), r"boxes\[0\]\.max: is missing"),
    "outside": (a_box(max=[4, 5, 40]), r"boxes\[0\]\.max: lies outside .*K 0 to 39"),
    "a voxel number in mm": ({**a_box(max=[900, 5, 6]), "frame": "ras"}, "lies outside of the volume"),
    "a point outside": (a_segment(points=[{"position": [-1, 0, 0]}]), r"points\[0\]\.position: lies outside"),
    "a point that is maybe": (
        a_segment(points=[{"position": [1, 1, 1], "positive": 1}]),
        "positive: is wrong",
    ),
    "too many": (a_segment(boxes=HUGE * 10_001), "boxes: is wrong"),
    "too many in sum": (
        content(segments=[{"name": "a", "label": n, "boxes": HUGE * 4000} for n in (1, 2, 3)]),
        "holds 12000 boxes, points and masks; give at most 10000",
    ),
}


@pytest.mark.parametrize(("what", "words"), BAD.values(), ids=BAD)
def test_mistakes_are_named_by_their_place_in_one_line(tmp_path: Path, what: object, words: str) -> None:
    path = a_file(tmp_path, what)
    with pytest.raises(PromptError, match=words) as caught:
        read_prompts(path, GRID)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


DRAWN = np.random.default_rng(3).random((50, 60)) > 0.7
MASKS = Prompts(
    (
        SegmentPrompt("liver", 1, (), (), (MaskPrompt.of(3, DRAWN), MaskPrompt.of(9, DRAWN & False))),
        SegmentPrompt("spleen", 2, (Box((1, 2, 3), (30, 40, 20)),), (), (MaskPrompt.of(0, DRAWN.T[:50]),)),
    )
)


def test_drawn_masks_come_back_pixel_for_pixel(tmp_path: Path) -> None:
    path = tmp_path / "prompts.json"
    write_prompts(MASKS, path, GRID)
    assert read_prompts(path, GRID) == MASKS
    packed = json.loads(path.read_text(encoding="utf-8"))["segments"][0]["masks"][0]
    pixels = np.frombuffer(zlib.decompress(base64.b64decode(packed["bits"])), np.uint8)
    width, height = packed["size"]
    i, j = packed["corner"]
    drawn = np.unpackbits(pixels, count=width * height).reshape(height, width)
    assert np.array_equal(drawn, DRAWN[j : j + height, i : i + width])


def test_prompts_without_masks_are_written_as_ever(tmp_path: Path) -> None:
    path = tmp_path / "prompts.json"
    write_prompts(PROMPTS, path, GRID)
    written = json.loads(path.read_text(encoding="utf-8"))["segments"]
    assert all(set(one) == {"name", "label", "boxes", "points"} for one in written)


@pytest.mark.parametrize("frame", ["ras", "lps"])
def test_masks_are_not_written_in_millimetres(tmp_path: Path, frame: str) -> None:
    with pytest.raises(PromptError, match=r"'liver': has drawn masks.*voxels"):
        write_prompts(MASKS, tmp_path / "prompts.json", GRID, frame=frame)
    assert not list(tmp_path.iterdir())


def a_mask(**changes: object) -> dict:
    bits = base64.b64encode(zlib.compress(b"\xf0")).decode()
    return a_segment(masks=[{"slice": 1, "corner": [5, 6], "size": [4, 2], "bits": bits, **changes}])


def packed(content: bytes) -> str:
    return base64.b64encode(zlib.compress(content)).decode()


BAD_MASKS: dict[str, tuple[dict, str]] = {
    "in mm": (
        {**a_mask(), "frame": "ras", "segments": [{**a_mask()["segments"][0], "boxes": []}]},
        "are in voxels",
    ),
    "beyond the last slice": (a_mask(slice=40), r"masks\[0\]: reaches outside .*K 0 to 39"),
    "beyond the columns": (a_mask(corner=[57, 0]), "reaches outside"),
    "on a negative slice": (a_mask(slice=-1), r"masks\[0\]\.slice: is wrong"),
    "of a negative size": (a_mask(size=[-4, -2]), r"size\[0\]: is wrong"),
    "of a huge size": (a_mask(size=[2**31 - 1] * 2), "masks would take .* MB; give masks of at most 256 MB"),
    "without bits": (a_segment(masks=[{"slice": 1, "corner": [0, 0], "size": [1, 1]}]), "bits: is missing"),
    "with bits of another alphabet": (a_mask(bits="§§§§"), r"masks\[0\]\.bits: are no packed pixels"),
    "with bits that are not packed": (a_mask(bits="AAAA"), "are no packed pixels"),
    "with too few": (a_mask(bits=packed(b"")), "do not hold the 1 bytes"),
    "with too many": (a_mask(bits=packed(b"ab")), "do not hold the 1 bytes"),
    "that is a bomb": (a_mask(bits=packed(b"\0" * 10**7)), "do not hold the 1 bytes"),
    "with more behind": (a_mask(bits=base64.b64encode(zlib.compress(b"a") + b"x").decode()), "do not hold"),
    "cut off": (a_mask(bits=base64.b64encode(zlib.compress(b"a")[:-1]).decode()), "do not hold"),
    "twice on one slice": (a_segment(masks=a_mask()["segments"][0]["masks"] * 2), "two masks on one slice"),
}


@pytest.mark.parametrize(("what", "words"), BAD_MASKS.values(), ids=BAD_MASKS)
def test_mistaken_and_hostile_masks_are_named_by_their_place(tmp_path: Path, what: dict, words: str) -> None:
    path = a_file(tmp_path, what)
    with pytest.raises(PromptError, match=words) as caught:
        read_prompts(path, GRID)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


def test_missing_files_folders_and_giants_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PromptError, match=r"gone\.json: cannot be read"):
        read_prompts(tmp_path / "gone.json", GRID)
    with pytest.raises(PromptError, match="cannot be read"):
        read_prompts(tmp_path, GRID)
    path = tmp_path / "giant.json"
    with path.open("wb") as stream:
        stream.truncate(prompts_file.LARGEST_FILE + 1)
    with pytest.raises(PromptError, match="larger than 16 MB"):
        read_prompts(path, GRID)


def test_writing_is_atomic_and_wants_a_known_frame(tmp_path: Path) -> None:
    path = tmp_path / "prompts.json"
    with pytest.raises(OptionError, match="'xyz'"):
        write_prompts(PROMPTS, path, GRID, frame="xyz")
    assert not path.exists()
    write_prompts(PROMPTS, path, GRID)
    with pytest.raises(OutputError, match="exists already"):
        write_prompts(PROMPTS, path, GRID, frame="ras")
    assert read_prompts(path, GRID) == PROMPTS


def test_a_byte_order_mark_of_windows_editors_is_passed_over(tmp_path: Path) -> None:
    geometry = Geometry((40, 40, 10), np.eye(4))
    plain = a_file(tmp_path, content())
    marked = tmp_path / "marked.json"
    marked.write_bytes(b"\xef\xbb\xbf" + plain.read_bytes())
    assert read_prompts(marked, geometry) == read_prompts(plain, geometry)
