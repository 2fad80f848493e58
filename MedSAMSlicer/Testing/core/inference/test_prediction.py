"""Parts of a prediction come together in the order of the prompts."""

from __future__ import annotations

import numpy as np

from medsam_core.inference.prediction import Prediction, merged


def a_part(*values: int) -> Prediction:
    column = np.array(values, np.float32)
    picture = np.broadcast_to(column[:, None, None], (len(values), 4, 5))
    return Prediction(picture > 2, picture, column, picture[:, None], column)


def test_rows_return_to_their_places() -> None:
    whole = merged([(np.array([0, 3]), a_part(10, 13)), (np.array([2, 1]), a_part(12, 11))])
    assert whole.scores.tolist() == [10, 11, 12, 13]
    assert whole.probabilities[:, 0, 0].tolist() == [10, 11, 12, 13]
    assert whole.logits.shape == (4, 1, 4, 5)
    assert whole.class_labels is None


def test_one_part_is_the_whole() -> None:
    part = a_part(1, 2)
    assert merged([(np.array([0, 1]), part)]) is part
