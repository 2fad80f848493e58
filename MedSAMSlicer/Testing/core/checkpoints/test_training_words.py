"""What a checkpoint says of its training reads as people write."""

from __future__ import annotations

from medsam_core.checkpoints.training_words import training_words

FACTS = {
    "method": "LoRA of encoder+decoder",
    "started_from": f"vit_b ({'ab' * 32})",
    "sets": ["ct", "mr"],
    "cases": 6,
    "slices": 18000,
    "labels": ["bar", "disc"],
    "all_may_train_shipped_weights": False,
    "validation_dice": 0.8412,
    "epochs": 2,
    "steps": 2408,
    "trained_weights": 12345,
    "weights": 93735472,
    "seed": 0,
    "data_fingerprint": "0123456789abcdef" * 4,
}


def test_what_fit_writes_is_told_in_rows() -> None:
    assert training_words(FACTS) == [
        "LoRA of encoder+decoder; started from vit_b (abababababab...)",
        "6 cases; 18,000 slices; sets ct, mr; labels bar, disc",
        "2 epochs; 2,408 steps; seed 0",
        "validation Dice 0.8412",
        "12,345 weights trained; 93,735,472 in all",
        "not all of its sets may train weights that are passed on",
        "data fingerprint: 0123456789ab...",
    ]


def test_what_is_not_known_is_told_as_it_is_called() -> None:
    facts = {"from_scratch": False, "minutes": 95.0, "my_own": [], "is_good": True, "by_set": {"ct": 0.5}}
    assert training_words(facts) == ["95 minutes", "my own: none", "is good: yes", "by set: ct 0.5"]
    assert training_words({"from_scratch": True}) == ["from random weights"]
    assert training_words({}) == []


def test_a_stranger_s_facts_stay_few_and_short() -> None:
    facts = {f"key {n}": ["x" * 50] * 50 for n in range(100)}
    rows = training_words(facts)
    assert len(rows) == 20 and all(len(row) == 300 and row.endswith("...") for row in rows)
