"""Networks converted once for all tests of this folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from medsam_core.checkpoints.own import OwnHeader, write_own
from testkit.tiny_models import a_tiny_architecture, a_tiny_model


@pytest.fixture(scope="session")
def tiny_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Our own file with the weights of `a_tiny_model`."""
    path = tmp_path_factory.mktemp("checkpoint") / "tiny.safetensors"
    header = OwnHeader(name="tiny", architecture=a_tiny_architecture(), preset="medsam")
    return write_own(a_tiny_model().backend.network, path, header)


@pytest.fixture(scope="session")
def openvino_cache_root(tiny_checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache folder in which `tiny_checkpoint` is, converted by the real program."""
    pytest.importorskip("openvino")
    from medsam_core.checkpoints import inspect_checkpoint
    from medsam_core.inference.openvino_cache import OpenVINOCache
    from medsam_core.inference.openvino_process import converted

    root = tmp_path_factory.mktemp("cache") / "openvino"
    converted(tiny_checkpoint, inspect_checkpoint(tiny_checkpoint).identity, cache=OpenVINOCache(root))
    return root
