"""Where a network runs, how precisely, and by which runtime; and why."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Callable
from dataclasses import dataclass

import torch

from medsam_core.errors import DeviceError
from medsam_core.inference.cpu_features import has_native_bf16

DEVICES = ("auto", "cpu", "cuda", "mps")
PRECISIONS = ("auto", "fp32", "bf16", "fp16")
BACKENDS = ("auto", "torch", "openvino")

LARGE_PARAMETERS = 5_000_000
"""From this size on a CPU runs a network by OpenVINO, and a lower precision is chosen, unless told otherwise.

Converting, checked, costs once per checkpoint about half a minute on two cores: what some ten images of ViT-B
(94 million) save, or some fifty of LiteMedSAM (10 million). Smaller ones encode in ten milliseconds anyhow.
"""


@dataclass(frozen=True)
class Placement:
    """The choice.

    Attributes:
        device: "cpu", "cuda", "cuda:1" or "mps".
        precision: "fp32", "bf16" or "fp16".
        backend: "torch" or "openvino".
        reason: sentences that say what was chosen and why.
    """

    device: str
    precision: str
    backend: str
    reason: str


def choose_placement(
    device: str = "auto", precision: str = "auto", backend: str = "auto", *, parameters: int = 0
) -> Placement:
    """Choose what was left to us and check what was asked for.

    Args:
        device: "auto", "cpu", "cuda", "cuda:N" or "mps". Auto is a GPU if PyTorch sees one.
        precision: "auto", "fp32", "bf16" or "fp16". Auto is the lower one where the hardware computes it
            natively and the network is large: bf16 (else fp16) on CUDA, bf16 on a CPU, fp32 on MPS.
            fp16 is for GPUs.
        backend: "auto", "torch" or "openvino". OpenVINO runs on the CPU.
        parameters: how many weights the network has: a small one is not worth converting.

    Raises:
        DeviceError: something was asked for that is not there or cannot be.
    """
    _check_names(device, precision, backend)
    chosen_device, why_device = _choose_device(device, backend)
    chosen_backend, why_backend = _choose_backend(backend, chosen_device, parameters)
    chosen_precision, why_precision = _choose_precision(precision, chosen_device, parameters)
    reasons = (why_device, why_backend, why_precision)
    return Placement(chosen_device, chosen_precision, chosen_backend, " ".join(reasons))


def may_use_openvino(device: str, backend: str) -> bool:
    """Whether, for some size of network, `choose_placement` would answer OpenVINO."""
    return choose_placement(device, "auto", backend, parameters=1 << 62).backend == "openvino"


def has_openvino() -> bool:
    """Whether OpenVINO is installed; it is an extra."""
    return importlib.util.find_spec("openvino") is not None


def _check_names(device: str, precision: str, backend: str) -> None:
    if device not in DEVICES and not re.fullmatch(r"cuda:\d{1,3}", device):
        raise DeviceError(f"device {device}", "there is no such device", f"use one of: {', '.join(DEVICES)}")
    for name, value, known in (("precision", precision, PRECISIONS), ("backend", backend, BACKENDS)):
        if value not in known:
            raise DeviceError(
                f"{name} {value}", f"there is no such {name}", f"use one of: {', '.join(known)}"
            )


def _choose_device(device: str, backend: str) -> tuple[str, str]:
    if device == "auto" and backend == "openvino":
        return "cpu", "The CPU, where OpenVINO runs."
    if device == "auto":
        found = next((name for name, is_there in _GPUS.items() if is_there()), "cpu")
        return found, f"{found.upper()}: {'no GPU was found' if found == 'cpu' else 'PyTorch sees it'}."
    kind, _, number = device.partition(":")
    if kind in _GPUS and not _GPUS[kind]():
        problem = f"this PyTorch ({torch.__version__}) sees no such GPU"
        raise DeviceError(
            f"device {device}", problem, "use device auto or cpu, or install a PyTorch for your GPU"
        )
    if number and int(number) >= torch.cuda.device_count():
        count = torch.cuda.device_count()
        raise DeviceError(f"device {device}", f"there are {count} CUDA devices", "count them from cuda:0")
    return device, f"{device.upper()}: it was asked for."


def _choose_backend(backend: str, device: str, parameters: int) -> tuple[str, str]:
    if backend == "openvino" and device != "cpu":
        raise DeviceError(
            "backend openvino", f"it does not run on {device}", "use device cpu, or backend torch"
        )
    if backend == "openvino" and not has_openvino():
        remedy = "use torch, or in MedSAMSlicer's folder: pip install -c constraints.txt -e '.[openvino]'"
        raise DeviceError("backend openvino", "OpenVINO is not installed", remedy)
    if backend != "auto":
        return backend, f"{_TITLES[backend]}: it was asked for."
    if device != "cpu":
        return "torch", "PyTorch: the runtime for a GPU."
    if parameters < LARGE_PARAMETERS:
        return "torch", "PyTorch: so small a network gains too little by a conversion to OpenVINO."
    if not has_openvino():
        return "torch", "PyTorch: OpenVINO, which is faster on a CPU, is not installed."
    return "openvino", "OpenVINO: the faster runtime for a network of this size on a CPU."


def _choose_precision(precision: str, device: str, parameters: int) -> tuple[str, str]:
    kind = device.partition(":")[0]
    if precision == "auto" and parameters < LARGE_PARAMETERS:
        return "fp32", "fp32: so small a network is fast enough at full precision."
    if precision == "auto":
        return _AUTO_PRECISION[kind](device)
    refused = next((row for row in _REFUSALS if row[:2] == (kind, precision) and row[2](device)), None)
    if refused is not None:
        raise DeviceError(f"precision {precision}", *refused[3:])
    return precision, f"{precision}: it was asked for."


def _cuda_precision(device: str) -> tuple[str, str]:
    if _cuda_has_bf16(device):
        return "bf16", "bf16: this GPU computes in it natively."
    if torch.cuda.get_device_capability(device) >= (7, 0):  # the first with tensor cores for fp16
        return "fp16", "fp16: this GPU computes in it natively, and not in bf16."
    return "fp32", "fp32: this GPU has no fast lower precision."


def _cpu_precision(device: str) -> tuple[str, str]:
    if has_native_bf16():
        return "bf16", "bf16: this CPU computes in it natively."
    return "fp32", "fp32: this CPU has no faster lower precision."


def _mps_precision(device: str) -> tuple[str, str]:
    return "fp32", "fp32: lower precisions have not been verified on MPS."


def _cuda_has_bf16(device: str) -> bool:
    return torch.cuda.get_device_capability(device) >= (8, 0)


_TITLES = {"torch": "PyTorch", "openvino": "OpenVINO"}
_GPUS: dict[str, Callable[[], bool]] = {
    "cuda": lambda: torch.cuda.is_available(),
    "mps": lambda: torch.backends.mps.is_available(),
}
_AUTO_PRECISION: dict[str, Callable[[str], tuple[str, str]]] = {
    "cuda": _cuda_precision,
    "mps": _mps_precision,
    "cpu": _cpu_precision,
}
# device kind, precision, when, problem, remedy
_REFUSALS: tuple[tuple[str, str, Callable[[str], bool], str, str], ...] = (
    ("cpu", "fp16", lambda _: True, "it is for GPUs", "use precision bf16 or fp32 on a CPU"),
    (
        "cpu",
        "bf16",
        lambda _: not has_native_bf16(),
        "this CPU does not compute in it",
        "use precision fp32 (or auto)",
    ),
    (
        "cuda",
        "bf16",
        lambda device: not _cuda_has_bf16(device),
        "this GPU does not compute in it",
        "use precision fp16 or fp32",
    ),
    ("mps", "bf16", lambda _: True, "it is not supported on MPS", "use precision fp32 or fp16"),
)
