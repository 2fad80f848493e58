"""The slices of a mixture: to learn from and to check on."""

from __future__ import annotations

import difflib

from medsam_core.errors import OptionError
from medsam_training.fit.config import Data, Mixture
from medsam_training.fit.slice_pool import SlicePool
from medsam_training.prepared_set import PreparedSet


def mixture_pools(source: PreparedSet, data: Data, seed: int) -> tuple[SlicePool, SlicePool]:
    """Training slices of the mixture's sets, and validation slices, as many of one set as of any other.

    Args:
        source: the prepared set.
        data: with a mixture.
        seed: of the even spread.

    Raises:
        OptionError: a set is not there, has nothing to learn from, or may not be learned from.
    """
    mixture = data.mixture
    _check(source, data, mixture)
    training = _only(SlicePool.of(source, "train", data, None, seed), list(mixture.sets))
    empty = sorted(set(mixture.sets) - {training.case(n).set_name for n in range(len(training))})
    if empty:
        raise OptionError("data.mixture.sets", f"{empty[0]} has no training slices", "take it out")
    _check_licences(training, data)
    names = mixture.validate_on or list(mixture.sets)
    refs = []
    for name in names:
        most = None if data.validation_slices is None else max(1, data.validation_slices // len(names))
        refs += _only(SlicePool.of(source, "val", data, None, seed), [name]).spread(most, seed).refs
    if not refs:
        raise OptionError("data.mixture.validate_on", "has no validation slices", "name other sets")
    return training, SlicePool(source, tuple(refs))


def _only(pool: SlicePool, names: list[str]) -> SlicePool:
    kept = [ref for ref in pool.refs if pool.source.case(ref.case_id).set_name in names]
    return SlicePool(pool.source, tuple(kept), pool.class_names)


def _check(source: PreparedSet, data: Data, mixture: Mixture) -> None:
    known = sorted({case.set_name for case in source.cases})
    for key, names in (("sets", list(mixture.sets)), ("validate_on", mixture.validate_on)):
        for name in names:
            if name not in known:
                near = difflib.get_close_matches(name, known, 1)
                remedy = f"did you mean {near[0]}?" if near else f"it has {', '.join(known)}"
                raise OptionError(f"data.mixture.{key}", f"{source.folder} has no set {name}", remedy)
    if data.labels or data.shots is not None:
        raise OptionError(
            "data.mixture", "takes every label and slice of its sets", "leave data.labels and data.shots out"
        )


def _check_licences(training: SlicePool, data: Data) -> None:
    if not data.shippable:
        return
    for number in range(len(training)):
        case = training.case(number)
        if not case.may_train:
            problem = f"{case.set_name} may not be learned from by weights that are shipped"
            raise OptionError("data.shippable", problem, "take the set out of data.mixture.sets")
