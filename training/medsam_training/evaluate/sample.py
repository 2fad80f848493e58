"""Some of many: drawn evenly over cases, the same again for the same seed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from medsam_core.errors import MedSAMError
from medsam_training.evaluate.objects import ObjectKey, object_keys
from medsam_training.evaluate.plan import Plan
from medsam_training.evaluate.study import Study

LeftOut = Callable[[str, str], None]


def some_studies(studies: Sequence[Study], plan: Plan) -> list[Study]:
    """At most `plan.most` of each set."""
    chosen = set()
    for members in _by_set(studies).values():
        order = np.random.default_rng(plan.seeds[0]).permutation(len(members))[: plan.most]
        chosen |= {members[place].id for place in order}
    return [study for study in studies if study.id in chosen]


def some_objects(
    studies: Sequence[Study], plan: Plan, left_out: LeftOut
) -> list[tuple[Study, frozenset[ObjectKey]]]:
    """At most `plan.most` objects of each set: round and round its cases, one of each.

    Only as many cases are read as are needed.

    Args:
        studies: of all sets.
        plan: with `most`.
        left_out: told of a case that cannot be read, with the reason.
    """
    drawn: dict[str, frozenset[ObjectKey]] = {}
    for members in _by_set(studies).values():
        order = np.random.default_rng(plan.seeds[0]).permutation(len(members))
        drawn |= _taken_in_turns([members[place] for place in order], plan, left_out)
    return [(study, drawn[study.id]) for study in studies if study.id in drawn]


def _taken_in_turns(
    studies: Sequence[Study], plan: Plan, left_out: LeftOut
) -> dict[str, frozenset[ObjectKey]]:
    most = plan.most or 0
    queues: dict[str, list[ObjectKey]] = {}
    for study in studies:
        if len(queues) >= most:  # each gives one, and that is enough
            break
        try:
            found = object_keys(study.first.load(), plan)
        except MedSAMError as error:
            left_out(study.id, str(error))
            continue
        rng = np.random.default_rng([plan.seeds[0], *study.id.encode()])
        if found:
            queues[study.id] = [found[place] for place in rng.permutation(len(found))]
    deepest = max(map(len, queues.values()), default=0)
    turns = [
        (name, queue[turn]) for turn in range(deepest) for name, queue in queues.items() if turn < len(queue)
    ]
    taken: dict[str, set[ObjectKey]] = {}
    for name, key in turns[:most]:
        taken.setdefault(name, set()).add(key)
    return {name: frozenset(keys) for name, keys in taken.items()}


def _by_set(studies: Sequence[Study]) -> dict[str, list[Study]]:
    found: dict[str, list[Study]] = {}
    for study in studies:
        found.setdefault(study.first.set_name, []).append(study)
    return found
