"""Architectures as untrusted JSON."""

from __future__ import annotations

import dataclasses
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from medsam_core.errors import CheckpointError
from medsam_core.models.architecture import ARCHITECTURES, Architecture, PeftSpec, estimate_parameters

VIT_B = ARCHITECTURES["vit_b"]
PEFT = PeftSpec(kind="lora", encoder_blocks=(0, 11), decoder_layers=(-1, 0), rank=8, scale=0.5)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_every_published_network_comes_back_from_json_equal(name: str) -> None:
    row = dataclasses.replace(ARCHITECTURES[name], options=(("width", 24), ("widths", (1, 2))))
    assert Architecture.from_json(json.loads(json.dumps(row.to_json()))) == row


def test_parameter_efficient_parts_come_back_from_json_equal() -> None:
    row = dataclasses.replace(VIT_B, peft=PEFT, windows_before_norm=True, class_tokens=True, mask_tokens=9)
    assert Architecture.from_json(json.loads(json.dumps(row.to_json()))) == row
    assert hash(row) == hash(Architecture.from_json(row.to_json()))


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"embed_dim": 10**9}, "embed_dim"),
        ({"depth": 10**6}, "depth"),
        ({"depth": 12.0}, "depth"),
        ({"depth": True}, "depth"),
        ({"num_heads": 7}, "num_heads"),
        ({"num_heads": 0}, "num_heads"),
        ({"image_size": 1000}, "image_size"),
        ({"image_size": -1024}, "image_size"),
        ({"mask_tokens": 10**6}, "mask_tokens"),
        ({"out_chans": 100}, "out_chans"),
        ({"global_attn_indexes": [12]}, "global_attn_indexes"),
        ({"global_attn_indexes": [1, 1]}, "global_attn_indexes"),
        ({"global_attn_indexes": "all"}, "global_attn_indexes"),
        ({"embed_dim": 2048, "depth": 64, "num_heads": 16}, "parameters"),
        ({"family": "transformer"}, "family"),
        ({"family": ["vit"]}, "family"),
        ({"name": ""}, "name"),
        ({"class_tokens": 1}, "class_tokens"),
        ({"tiny_vit": {}}, "tiny_vit"),
        ({"tiny_vit": {"window_sizes": [7, 7, 4000, 7]}}, "window_sizes"),
        ({"tiny_vit": {"depths": [2, 2]}}, "depths"),
        ({"peft": {}}, "kind"),
        ({"peft": {"kind": "magic"}}, "magic"),
        ({"peft": {"kind": "lora", "rank": 10**7}}, "rank"),
        ({"peft": {"kind": "lora", "scale": float("nan")}}, "scale"),
        ({"peft": {"kind": "adapter", "encoder_blocks": [0, 0]}}, "encoder_blocks"),
        ({"peft": []}, "peft"),
        ({"options": [1]}, "options"),
        ({"options": {"a": {"b": 1}}}, "option"),
        ({"hidden_field": 1}, "hidden_field"),
    ],
)
def test_a_header_outside_real_networks_is_refused_by_name(changes: dict, named: str) -> None:
    with pytest.raises(CheckpointError, match=named):
        Architecture.from_json(VIT_B.to_json() | changes)


@pytest.mark.parametrize("name", ["demo", "mobile_sam"])
@pytest.mark.parametrize("value", [None, "12", 12, -1, [1], 1e308])
@pytest.mark.parametrize("field", ["embed_dim", "depth", "num_heads", "mlp_dim", "global_attn_indexes"])
def test_what_only_a_vit_has_is_refused_elsewhere(name: str, value: object, field: str) -> None:
    with pytest.raises(CheckpointError, match=field):
        Architecture.from_json(ARCHITECTURES[name].to_json() | {field: value})


def test_a_header_without_its_family_is_refused() -> None:
    with pytest.raises(CheckpointError, match="family"):
        Architecture.from_json({"name": "x"})


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=4,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine
@given(
    st.sampled_from(sorted(ARCHITECTURES)),
    st.dictionaries(st.sampled_from(sorted(VIT_B.to_json())), json_values, max_size=4),
)
def test_any_json_is_either_an_architecture_or_a_named_error(name: str, changes: dict) -> None:
    try:
        found = Architecture.from_json(ARCHITECTURES[name].to_json() | changes)
    except CheckpointError:
        return
    assert estimate_parameters(found) <= 1e9
    assert Architecture.from_json(found.to_json()) == found


@pytest.mark.parametrize(
    ("name", "parameters"),
    [("vit_b", 93_735_472), ("vit_l", 312_342_832), ("vit_h", 641_090_608), ("litemedsam", 9_791_300)],
)
def test_the_estimate_of_parameters_is_above_the_truth_but_near(name: str, parameters: int) -> None:
    assert parameters <= estimate_parameters(ARCHITECTURES[name]) <= 1.1 * parameters


@pytest.mark.parametrize(("name", "grid"), [("vit_b", 64), ("mobile_sam", 64), ("litemedsam", 64)])
def test_every_published_embedding_is_64_by_64(name: str, grid: int) -> None:
    assert ARCHITECTURES[name].grid == grid
