"""A workshop with the real demo model, and effects at work."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from testkit.effect_at_work import AtWork, Shop


@pytest.fixture
def a_shop() -> Iterator[Shop]:
    shop = Shop()
    yield shop
    shop.workshop.close()


@pytest.fixture(scope="session")
def a_loaded_shop() -> Iterator[Shop]:
    """With the demo model, shared by all tests."""
    shop = Shop()
    shop.workshop.need_model()
    shop.settle()
    yield shop
    shop.workshop.close()


@pytest.fixture
def at_work(a_loaded_shop: Shop) -> Iterator[AtWork]:
    """An effect that is on."""
    made = AtWork(a_loaded_shop)
    made.begin()
    yield made
    made.work.close()
