"""From the choices beside "through the volume" to prompts."""

from __future__ import annotations

import numpy as np
import pytest

import medsam_core as medsam
from medsam_core.errors import PromptError
from medsam_core.inference.embedding_cache import EmbeddingCache
from medsam_core.interaction.carry_on import Carry, prompts_of
from medsam_core.jobs.inline import Inline
from medsam_core.session.handler import SessionHandler
from medsam_core.session.segment_writer import SegmentEdit
from medsam_core.session.session import Session
from medsam_core.voxel_patch import VoxelPatch
from testkit.array_writer import ArrayWriter
from testkit.two_balls import LEFT, MIDDLE, SHAPE, two_balls


@pytest.fixture
def a_session() -> tuple[Session, ArrayWriter]:
    """Without a model: what is asked for here needs none."""
    writer = ArrayWriter(SHAPE)
    segment_id = writer.add_segment("ball")
    session = Session(Inline(SessionHandler(EmbeddingCache())), writer)
    session.set_volume(medsam.Volume(two_balls(), medsam.Geometry((80, 64, 12), np.eye(4))))
    session.select(segment_id)
    return session, writer


def test_what_is_marked_is_left_to_the_session(a_session: tuple[Session, ArrayWriter]) -> None:
    carried = prompts_of(Carry("track"), *a_session)
    assert carried.prompts is None and carried.grid is None


def test_within_the_box_reaches_to_both_sides_and_not_out_of_the_volume(
    a_session: tuple[Session, ArrayWriter],
) -> None:
    session, _ = a_session
    with pytest.raises(PromptError, match="no box"):
        prompts_of(Carry("roi"), *a_session)
    session.prompt(LEFT, [((20, 30), True)], MIDDLE)
    (prompt,) = prompts_of(Carry("roi", reach=3), *a_session).prompts.values()
    assert prompt.boxes[0].slices_k == range(MIDDLE - 3, MIDDLE + 4) and prompt.boxes[0].box_xyxy == LEFT
    assert len(prompt.points) == 1
    (prompt,) = prompts_of(Carry("roi", reach=99), *a_session).prompts.values()
    assert prompt.boxes[0].slices_k == range(SHAPE[0])


def test_the_segment_as_it_is_gives_drawn_masks_or_the_box_around_them(
    a_session: tuple[Session, ArrayWriter],
) -> None:
    session, writer = a_session
    with pytest.raises(PromptError, match="is empty"):
        prompts_of(Carry("track", from_segment=True), *a_session)
    mask = np.zeros(SHAPE, bool)
    mask[4, 20:30, 10:20] = mask[8, 25:40, 12] = True
    writer.write([SegmentEdit(session.selected, VoxelPatch.of(mask), "add")])
    (prompt,) = prompts_of(Carry("anchors", from_segment=True), *a_session).prompts.values()
    assert [one.k for one in prompt.masks] == [4, 8] and not prompt.boxes
    (prompt,) = prompts_of(Carry("roi", from_segment=True), *a_session).prompts.values()
    assert (prompt.boxes[0].min_ijk, prompt.boxes[0].max_ijk) == ((10, 20, 4), (19, 39, 8))


def test_a_segment_one_pixel_wide_gives_a_box_all_the_same(a_session: tuple[Session, ArrayWriter]) -> None:
    session, writer = a_session
    mask = np.zeros(SHAPE, bool)
    mask[4, 5, 79] = True
    writer.write([SegmentEdit(session.selected, VoxelPatch.of(mask), "add")])
    (prompt,) = prompts_of(Carry("roi", from_segment=True), *a_session).prompts.values()
    prompt.boxes[0].check_inside(session.volume.geometry)
