"""Some objects stand for all: each case has its turn."""

from __future__ import annotations

from medsam_training.evaluate.case_list import list_cases
from medsam_training.evaluate.plan import Plan
from medsam_training.evaluate.sample import some_objects, some_studies
from medsam_training.evaluate.study import single_studies


def drawn(source, most, seed=0):
    studies = single_studies(list_cases([source]))
    return some_objects(studies, Plan(per="slice", most=most, seeds=(seed,)), lambda *_: None)


def test_cases_take_turns(prepared_balls):
    assert [len(keys) for _, keys in drawn(prepared_balls, 4)] == [1, 1, 1, 1]
    assert sorted(len(keys) for _, keys in drawn(prepared_balls, 6)) == [1, 1, 2, 2]


def test_the_same_seed_draws_the_same(prepared_balls):
    def keys(seed):
        return [(study.id, chosen) for study, chosen in drawn(prepared_balls, 3, seed)]

    assert keys(0) == keys(0) and any(keys(0) != keys(seed) for seed in range(1, 6))


def test_less_than_asked_for_is_all_there_is(prepared_balls):
    every = drawn(prepared_balls, 10_000)
    assert sum(len(keys) for _, keys in every) == sum(len(keys) for _, keys in drawn(prepared_balls, 9_999))


def test_so_many_cases_of_each_set(small_data):
    studies = single_studies(list_cases([small_data], "all"))
    some = some_studies(studies, Plan(most=1))
    assert sorted(study.first.set_name for study in some) == ["discs", "forbidden", "volume"]
