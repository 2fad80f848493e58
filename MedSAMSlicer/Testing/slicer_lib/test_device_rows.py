"""The list of devices."""

from __future__ import annotations

import subprocess
import sys

import torch

from medsam_core.inference.device import DEVICES, PRECISIONS
from MedSAMSlicerLib.device_rows import PRECISIONS as SHOWN
from MedSAMSlicerLib.device_rows import device_rows


def test_the_cpu_is_listed_with_its_free_memory() -> None:
    rows = {row.value: row.title for row in device_rows(with_gpus=False)}
    assert rows["auto"] == "Automatic"
    assert rows["cpu"].startswith("CPU (") and rows["cpu"].endswith("B free)")
    assert {value.partition(":")[0] for value in rows} <= set(DEVICES)


def test_every_gpu_that_torch_sees_is_listed() -> None:
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    assert sum(row.value.startswith("cuda:") for row in device_rows(with_gpus=True)) == count


def test_listing_devices_does_not_import_torch() -> None:
    code = "import sys; from MedSAMSlicerLib.device_rows import device_rows;"
    check = "device_rows(with_gpus=False); assert 'torch' not in sys.modules"
    run = subprocess.run([sys.executable, "-c", code + check], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr


def test_every_precision_of_the_engine_can_be_chosen() -> None:
    assert [value for value, _ in SHOWN] == list(PRECISIONS)
