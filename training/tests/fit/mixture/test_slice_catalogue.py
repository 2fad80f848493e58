"""Volumes are seen in all their planes; only labelled slices of the sets wanted are there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from medsam_training.fit.config import Data
from medsam_training.fit.mixture.slice_catalogue import SliceCatalogue, SlicePlace
from medsam_training.fit.slice_pool import SlicePool
from medsam_training.prepared_set import PreparedSet

FIRST, LAST = 4, 13  # slices of the ball


def a_catalogue(source: PreparedSet, *sets: str) -> SliceCatalogue:
    return SliceCatalogue.of(SlicePool.of(source, "train", Data(), None, 0), sets)


def test_only_the_sets_wanted_are_there(mixed_set: PreparedSet) -> None:
    catalogue = a_catalogue(mixed_set, "discs")
    assert list(catalogue.places) == ["discs"]
    assert {place.case_id for place in catalogue.places["discs"]} == {"discs/0"}


def test_a_whole_volume_is_cut_in_three_directions_and_every_cut_shows_something(
    mixed_set: PreparedSet,
) -> None:
    catalogue = a_catalogue(mixed_set, "balls")
    places = catalogue.places["balls"]
    assert {place.axis for place in places} == {0, 1, 2}
    assert all(catalogue.get(place).labels_yx.any() for place in places)
    assert {catalogue.get(p).labels_yx.shape for p in places} == {(40, 36), (18, 36), (18, 40)}


def test_thick_slices_are_not_cut_across(mixed_set: PreparedSet) -> None:
    thick = tuple(replace(case, spacing_mm=(1.0, 1.0, 5.0)) for case in mixed_set.cases)
    source = PreparedSet(mixed_set.folder, replace_cases(mixed_set, thick), "")
    assert {place.axis for place in a_catalogue(source, "balls").places["balls"]} == {0}


def test_the_slice_beside_may_be_empty_and_ends_with_the_volume(mixed_set: PreparedSet) -> None:
    catalogue, place = a_catalogue(mixed_set, "balls"), SlicePlace("balls/0", 0, LAST)
    beside = catalogue.beside(place, 2)
    assert beside == SlicePlace("balls/0", 0, LAST + 2)
    assert not catalogue.get(beside).labels_yx.any()
    assert catalogue.beside(place, 5) is None and catalogue.beside(place, -14) is None


def test_slices_that_were_not_kept_have_nothing_beside_them(mixed_set: PreparedSet) -> None:
    gaps = tuple(
        replace(case, slice_numbers=tuple(2 * n for n in case.slice_numbers)) for case in mixed_set.cases
    )
    source = PreparedSet(mixed_set.folder, replace_cases(mixed_set, gaps), "")
    assert a_catalogue(source, "balls").beside(SlicePlace("balls/0", 0, 8), 1) is None


def test_the_extent_is_that_of_the_label(mixed_set: PreparedSet) -> None:
    catalogue = a_catalogue(mixed_set, "balls")
    assert catalogue.extent(SlicePlace("balls/0", 0, 8), 1) == (FIRST, LAST)
    _, labels = mixed_set.arrays("balls/0")
    rows = np.flatnonzero(labels.any((0, 2)))
    assert catalogue.extent(SlicePlace("balls/0", 1, 18), 1) == (rows[0], rows[-1])


def replace_cases(source: PreparedSet, cases: tuple):
    from medsam_training.prepared_set.manifest_file import VERSION, Manifest

    return Manifest(VERSION, source.options, cases)
