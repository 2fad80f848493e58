"""A network at another input size, or a clear refusal."""

from __future__ import annotations

import pytest
import torch

from medsam_core.errors import OptionError
from medsam_core.models.architecture import ARCHITECTURES
from medsam_core.models.registry import build_network
from medsam_training.input_size import resized
from testkit.tiny_models import a_tiny_architecture


def test_stretched_tables_fit_the_resized_network():
    architecture = a_tiny_architecture()
    state = build_network(architecture).state_dict()
    other, stretched = resized(architecture, state, 128, "--sizes")
    network = build_network(other)
    network.load_state_dict(stretched)
    assert network.encode(torch.zeros(1, 3, 128, 128))[0].shape[-1] == 8


def test_its_own_size_changes_nothing():
    architecture = a_tiny_architecture()
    assert resized(architecture, None, None, "x") == (architecture, None)
    assert resized(architecture, None, 64, "x") == (architecture, None)


@pytest.mark.parametrize(
    ("name", "size", "told"),
    [
        ("vit_b", 225, "--sizes: 225 is not a multiple of 16; round it"),
        ("demo", 512, "--sizes: the demo network is made for 256 pixels; leave it out"),
    ],
)
def test_a_size_that_cannot_be_is_refused(name, size, told):
    with pytest.raises(OptionError, match=told):
        resized(ARCHITECTURES[name], None, size, "--sizes")
