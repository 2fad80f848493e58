"""A small volume, a real model, and sessions over plain arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest

import medsam_core as medsam
from medsam_core.inference.embedding_cache import EmbeddingCache
from medsam_core.jobs.inline import Inline
from medsam_core.jobs.worker import Worker
from medsam_core.session.handler import SessionHandler
from medsam_core.session.session import Session
from testkit.array_writer import ArrayWriter
from testkit.two_balls import MIDDLE, two_balls


@pytest.fixture(scope="session")
def demo_model() -> medsam.Model:
    return medsam.load_model("demo", device="cpu", precision="fp32")


@pytest.fixture(scope="session")
def a_volume() -> medsam.Volume:
    matrix = np.array([[-0.8, 0, 0.1, 30], [0, -0.8, 0, 20], [0.1, 0, 2.5, -10], [0, 0, 0, 1.0]])
    return medsam.Volume(two_balls(), medsam.Geometry((80, 64, 12), matrix), name="two balls")


@pytest.fixture(scope="session")
def a_cache() -> EmbeddingCache:
    """Shared by all tests here, as sessions share one."""
    return EmbeddingCache()


@pytest.fixture
def a_writer(a_volume: medsam.Volume) -> ArrayWriter:
    writer = ArrayWriter(a_volume.array_kji.shape)
    for name in ("left", "right"):
        writer.add_segment(name)
    return writer


@pytest.fixture
def a_session(
    a_volume: medsam.Volume, demo_model: medsam.Model, a_cache: EmbeddingCache, a_writer: ArrayWriter
) -> Session:
    """Without a thread: everything asked is answered at once, and taken in by `pump`."""
    session = Session(Inline(SessionHandler(a_cache)), a_writer)
    session.set_model(demo_model)
    session.set_volume(a_volume)
    session.look_at(MIDDLE)
    session.select("Segment_1")
    session.pump()
    return session


@pytest.fixture
def threaded(
    a_volume: medsam.Volume, a_writer: ArrayWriter
) -> Iterator[Callable[..., tuple[Session, Worker]]]:
    """Makes sessions with a worker thread and a cache of their own; the workers are closed at the end."""
    workers: list[Worker] = []

    def make(model: object, writer: ArrayWriter = a_writer) -> tuple[Session, Worker]:
        worker = Worker(SessionHandler(EmbeddingCache()))
        workers.append(worker)
        session = Session(worker, writer)
        session.set_model(model)  # type: ignore[arg-type]
        session.set_volume(a_volume)
        session.select("Segment_1")
        return session, worker

    yield make
    for worker in workers:
        assert worker.close(20), "the thread did not end"
