"""PyTorch as the runtime: any device, any network."""

from __future__ import annotations

import contextlib
import dataclasses
import gc
import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from medsam_core.errors import DeviceError
from medsam_core.inference.backend import FeatureMaps, PromptArrays
from medsam_core.inference.device import LARGE_PARAMETERS, Placement
from medsam_core.inference.threads import one_thread
from medsam_core.models.fused_encoder import FusedEncoder, fuse_attention, lower_matrices
from medsam_core.models.network import PromptTensors

DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}

IMAGES_AT_ONCE = {"cpu": 1, "cuda": 1 << 30, "mps": 4}
"""A CPU gains nothing by a batch; a GPU takes what the caller gives until memory runs out."""

PROMPTS_AT_ONCE = {"cpu": 4, "cuda": 64, "mps": 16}
"""On a CPU more fall out of the cache: ViT-B's decoder takes 49 ms of one core's time for each of 4 boxes, 63
for each of 8, 76 for each of 16; and 64 at once take 3 GB.
"""


class TorchBackend:
    """A promptable network run by PyTorch; see `inference.backend.Backend`.

    The lower precision is that of the encoder's products; norms, residual sums and the whole decoder stay in
    float32, for the positions of prompts do not survive 8 bits (a corner would move by a pixel of 1024).

    If memory runs out, the batch is halved until one image or prompt is left, then everything moves to the
    CPU for good; `notes` says so.

    Attributes:
        placement: where it runs now.
        notes: sentences for the report.
    """

    name = "torch"

    def __init__(
        self,
        network: nn.Module,
        placement: Placement,
        *,
        notes: list[str] | None = None,
        compile_encoder: bool = False,
    ) -> None:
        """Take over a network.

        Args:
            network: a `PromptableNetwork` in float32 on the CPU; it is changed in place.
            placement: from `choose_placement`.
            notes: a list to add to.
            compile_encoder: run the encoder through ``torch.compile``: the first image takes a minute or
                more; worth it on a GPU for many volumes.
        """
        self.image_size: int = network.image_size
        self.low_resolution: int = network.low_resolution
        self.placement = placement
        self.notes = [] if notes is None else notes
        self._lock = threading.Lock()
        self._at_once: dict[str, int] = {}
        self._network = fuse_attention(network).eval().requires_grad_(False)
        self._autocast = placement.precision != "fp32" and not self._lower_encoder()
        self._encode_network: Callable[[Tensor], Sequence[Tensor]] = self._network.encode
        self._compile = compile_encoder
        self._small = sum(p.numel() for p in network.parameters()) < LARGE_PARAMETERS
        self._move(placement.device)

    @property
    def device(self) -> str:
        """Where it runs now."""
        return self.placement.device

    @property
    def precision(self) -> str:
        """How it computes now."""
        return self.placement.precision

    def _threads(self) -> contextlib.AbstractContextManager[None]:
        # The threads of a small network wait for each other: on two cores with another program running the
        # demo network's encoder took 27 ms with one thread and 435 ms with two, 5 boxes 44 and 1206 ms.
        return one_thread() if self._small and self.device == "cpu" else contextlib.nullcontext()

    def encode(self, images: np.ndarray) -> FeatureMaps:
        """See `Backend.encode`.

        Raises:
            DeviceError: there is not enough memory, on the CPU neither.
        """
        with self._lock, self._threads():
            return _joined(self._in_parts("encode", images.shape[0], self._encode, images))

    def decode(
        self, features: FeatureMaps, prompts: PromptArrays, multimask: bool = False
    ) -> tuple[np.ndarray, np.ndarray]:
        """See `Backend.decode`.

        Raises:
            DeviceError: there is not enough memory, on the CPU neither.
        """
        count = prompts.labels.shape[0]
        with self._lock, self._threads():
            parts = self._in_parts("decode", count, self._decode, features, prompts, multimask)
        logits, scores = _joined(parts)
        return logits, scores

    def _encode(self, part: slice, images: np.ndarray) -> tuple[np.ndarray, ...]:
        with torch.inference_mode(), self._precision_context():
            maps = self._encode_network(self._tensor(images[part]))
            return tuple(_array(feature) for feature in maps)

    def _decode(
        self, part: slice, features: FeatureMaps, prompts: PromptArrays, multimask: bool
    ) -> tuple[np.ndarray, ...]:
        def mine(array: np.ndarray) -> Tensor:
            return self._tensor(array if array.shape[0] == 1 else array[part])

        logits = prompts.mask_logits
        tensors = PromptTensors(
            self._tensor(prompts.points_xy[part]),
            self._tensor(prompts.labels[part]),
            None if logits is None else self._tensor(logits[part]),
        )
        with torch.inference_mode():
            masks, scores = self._network.decode(tuple(mine(f) for f in features), tensors, multimask)
            return _array(masks), _array(scores)

    def _in_parts(
        self, step: str, count: int, run: Callable[..., tuple[np.ndarray, ...]], *args: object
    ) -> list[tuple[np.ndarray, ...]]:
        """Run over ``range(count)``, fewer at once from then on each time memory runs out."""
        done, results = 0, []
        while done < count:
            size = min(self._at_once[step], count - done)
            try:
                results.append(run(slice(done, done + size), *args))
                done += size
                continue
            except (RuntimeError, MemoryError) as error:
                if not _is_out_of_memory(error):
                    raise
            # Outside the handler: the exception holds the frames, and these hold the memory.
            self._make_do_with_less(step, size)
        return results

    def _make_do_with_less(self, step: str, size: int) -> None:
        _free_memory()
        if size > 1:
            self._at_once[step] = size // 2
            self.notes.append(
                f"Memory of {self.device} ran out with {size} at once ({step}): went on with {size // 2}."
            )
        elif self.device == "cpu":
            remedy = "close other programs or use a smaller model"
            raise DeviceError("memory", "there is not enough for this network", remedy)
        else:
            self._fall_back_to_cpu()

    def _fall_back_to_cpu(self) -> None:
        left = self.placement
        what_is_lost = "" if left.precision == "fp32" else f", with weights once rounded to {left.precision}"
        self.notes.append(f"Memory of {left.device} ran out: went on on the CPU in fp32{what_is_lost}.")
        reason = f"{left.reason} CPU after all: memory of {left.device} ran out."
        self.placement = dataclasses.replace(left, device="cpu", precision="fp32", reason=reason)
        self._autocast = False
        self._network.float()
        self._move("cpu")
        _free_memory()

    def _lower_encoder(self) -> bool:
        """Store the encoder's matrices in the lower precision, where the network is made for it."""
        if not isinstance(getattr(self._network, "image_encoder", None), FusedEncoder):
            return False
        lower_matrices(self._network, DTYPES[self.placement.precision])
        return True

    def _move(self, device: str) -> None:
        try:
            _put(self._network, device)
        except RuntimeError as error:
            if not _is_out_of_memory(error):
                raise
            self._fall_back_to_cpu()
            return
        kind = device.partition(":")[0]
        self._at_once = {"encode": IMAGES_AT_ONCE[kind], "decode": PROMPTS_AT_ONCE[kind]}
        if self._compile:
            self._encode_network = torch.compile(self._network.encode)

    def _precision_context(self) -> contextlib.AbstractContextManager:
        if not self._autocast:
            return contextlib.nullcontext()
        return torch.autocast(self.device.partition(":")[0], DTYPES[self.precision])

    def _tensor(self, array: np.ndarray) -> Tensor:
        # A cache hands out read-only arrays, which torch cannot wrap.
        array = np.ascontiguousarray(array) if array.flags.writeable else array.copy()
        return _put(torch.from_numpy(array), self.device)


def _put(thing: Any, device: str) -> Any:
    """Move a tensor or a module: the border to the hardware."""
    return thing.to(device)


def _array(tensor: Tensor) -> np.ndarray:
    return tensor.float().cpu().contiguous().numpy()


def _joined(parts: list[tuple[np.ndarray, ...]]) -> tuple[np.ndarray, ...]:
    if len(parts) == 1:
        return parts[0]
    return tuple(np.concatenate(arrays) for arrays in zip(*parts, strict=True))


def _is_out_of_memory(error: BaseException) -> bool:
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    text = str(error)  # the CPU's allocator and MPS raise plain RuntimeErrors
    return "not enough memory" in text or "out of memory" in text or "can't allocate memory" in text


def _free_memory() -> None:
    if gc.isenabled():  # an application that switched it off may have widgets that no other thread may delete
        gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
