"""A real session over plain arrays, and views of its volume."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import medsam_core as medsam
from medsam_core.inference.embedding_cache import EmbeddingCache
from medsam_core.interaction.deeds import Deeds
from medsam_core.interaction.marking import Marking
from medsam_core.interaction.showing import Showing
from medsam_core.jobs.inline import Inline
from medsam_core.session.handler import SessionHandler
from medsam_core.session.session import Session
from medsam_core.slice_grid import SliceGrid
from testkit.array_writer import ArrayWriter
from testkit.panes import APane, a_pane
from testkit.two_balls import LEFT, MIDDLE, SHAPE, two_balls

SEGMENT = "Segment_1"


@pytest.fixture(scope="session")
def demo_model() -> medsam.Model:
    """On the processor, in full precision."""
    return medsam.load_model("demo", device="cpu", precision="fp32")


@pytest.fixture(scope="session")
def a_volume() -> medsam.Volume:
    """Two balls."""
    return medsam.Volume(two_balls(), medsam.Geometry(SHAPE[::-1], np.diag([0.8, 0.8, 2.5, 1.0])))


@pytest.fixture(scope="session")
def a_cache() -> EmbeddingCache:
    """Shared by all sessions here."""
    return EmbeddingCache()


@pytest.fixture
def a_writer() -> ArrayWriter:
    """Two empty segments."""
    writer = ArrayWriter(SHAPE)
    for name in ("left", "right"):
        writer.add_segment(name)
    return writer


@pytest.fixture
def a_session(
    a_volume: medsam.Volume, demo_model: medsam.Model, a_cache: EmbeddingCache, a_writer: ArrayWriter
) -> Session:
    """Without a thread: what is asked is answered at once, and taken in by `pump`."""
    session = Session(Inline(SessionHandler(a_cache)), a_writer)
    session.set_model(demo_model)
    session.set_volume(a_volume)
    session.look_at(MIDDLE)
    session.select(SEGMENT)
    session.pump()
    return session


@pytest.fixture
def a_showing(a_session: Session) -> Showing:
    """Of the session."""
    return Showing(lambda: a_session)


@pytest.fixture
def the_deeds(a_session: Session, a_showing: Showing) -> Deeds:
    """On the session."""
    return Deeds(a_session, a_showing)


@pytest.fixture
def a_marking(a_session: Session) -> Marking:
    """On the session; takes the first segment."""
    return Marking(lambda: a_session, lambda: a_session.select(SEGMENT), lambda: None)


@pytest.fixture
def pane_of(a_volume: medsam.Volume) -> Callable[..., APane]:
    """Makes views: of a slice across one of the volume's axes."""

    def make(index: int = MIDDLE, axis: str = "k", zoom: float = 4.0) -> APane:
        return a_pane(SliceGrid.along(a_volume.geometry, axis), index, zoom)

    return make


@pytest.fixture
def a_held_run(a_session: Session) -> Session:
    """The left ball carried through the volume, not written."""
    a_session.prompt(LEFT)
    a_session.propagate("track")
    a_session.pump()
    a_session.clear()
    return a_session


@pytest.fixture
def a_written_run(a_held_run: Session) -> Session:
    """The same, written."""
    a_held_run.commit()
    a_held_run.pump()
    return a_held_run
