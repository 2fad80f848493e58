"""OpenVINO as the runtime: the CPU, networks that `openvino_convert` has converted."""

from __future__ import annotations

import os
import threading

import numpy as np
import openvino
from openvino import properties
from openvino.properties import hint

from medsam_core.inference.backend import FeatureMaps, PromptArrays
from medsam_core.inference.device import Placement
from medsam_core.inference.openvino_cache import ConvertedNetwork

OV_PRECISIONS = {"fp32": openvino.Type.f32, "bf16": openvino.Type.bf16}

MANY_PROMPTS = 4
"""From this many on prompts run side by side, one thread each, instead of one after another on all threads.

Measured with 8 boxes on a ViT-B embedding, 2 cores: 12 % less CPU time. A batch of prompts in one graph is
slower than either, as it falls out of the cache, and takes 3 GB for 64.
"""


class OpenVINOBackend:
    """A converted network run by OpenVINO; see `inference.backend.Backend`.

    The weights stay mapped from the disk: there is no PyTorch copy of them in memory. Python's lock is
    released while it computes.

    Attributes:
        placement: where it runs.
        notes: sentences for the report.
    """

    name = "openvino"
    device = "cpu"

    def __init__(
        self,
        converted: ConvertedNetwork,
        placement: Placement,
        *,
        threads: int | None = None,
        notes: list[str] | None = None,
    ) -> None:
        """Compile the encoder and the decoder for prompts without an earlier mask.

        Args:
            converted: from `openvino_process.converted`.
            placement: its precision counts.
            threads: how many to use; else OMP_NUM_THREADS, as PyTorch does; else one for each core.
            notes: a list to add to.
        """
        self.image_size, self.low_resolution = converted.image_size, converted.low_resolution
        self.placement = placement
        self.notes = [] if notes is None else notes
        self._maps = len(converted.feature_shapes)
        self._folder = converted.folder
        self._threads = threads or _threads_asked_for()
        self._core = openvino.Core()
        self._lock = threading.Lock()
        self._requests: dict[str, openvino.InferRequest] = {}
        self._queues: dict[str, openvino.AsyncInferQueue] = {}
        for name in ("encoder", "decoder"):
            self._request(name)

    @property
    def precision(self) -> str:
        """How it computes."""
        return self.placement.precision

    def encode(self, images: np.ndarray) -> FeatureMaps:
        """See `Backend.encode`; images run one after another."""
        with self._lock:
            request = self._request("encoder")
            each = [self._encode_one(request, images[i : i + 1]) for i in range(images.shape[0])]
        return tuple(np.concatenate(maps) if len(maps) > 1 else maps[0] for maps in zip(*each, strict=True))

    def decode(
        self, features: FeatureMaps, prompts: PromptArrays, multimask: bool = False
    ) -> tuple[np.ndarray, np.ndarray]:
        """See `Backend.decode`."""
        count = prompts.labels.shape[0]
        inputs = [_inputs_of(features, prompts, i) for i in range(count)]
        name = "decoder" if prompts.mask_logits is None else "decoder-mask"
        first = 2 if multimask else 0
        with self._lock:
            if count < MANY_PROMPTS:
                each = [_run(self._request(name), values, first) for values in inputs]
            else:
                each = self._run_side_by_side(name, inputs, first)
        logits, scores = zip(*each, strict=True)
        return np.concatenate(logits), np.concatenate(scores)

    def _encode_one(self, request: openvino.InferRequest, image: np.ndarray) -> tuple[np.ndarray, ...]:
        request.infer([np.ascontiguousarray(image, np.float32)], share_inputs=True)
        return tuple(request.get_output_tensor(i).data.copy() for i in range(self._maps))

    def _run_side_by_side(
        self, name: str, inputs: list[list[np.ndarray]], first: int
    ) -> list[tuple[np.ndarray, np.ndarray]]:
        each: list[tuple[np.ndarray, np.ndarray]] = [None] * len(inputs)  # type: ignore[list-item]

        def keep(request: openvino.InferRequest, index: int) -> None:
            each[index] = _answer(request, first)

        jobs = self._queue(name)
        jobs.set_callback(keep)
        for index, values in enumerate(inputs):
            jobs.start_async(values, index)
        jobs.wait_all()
        return each

    def _request(self, name: str) -> openvino.InferRequest:
        if name not in self._requests:
            self._requests[name] = self._compile(name, hint.PerformanceMode.LATENCY).create_infer_request()
        return self._requests[name]

    def _queue(self, name: str) -> openvino.AsyncInferQueue:
        if name not in self._queues:
            compiled = self._compile(name, hint.PerformanceMode.THROUGHPUT)
            self._queues[name] = openvino.AsyncInferQueue(compiled)
        return self._queues[name]

    def _compile(self, name: str, mode: hint.PerformanceMode) -> openvino.CompiledModel:
        config = {
            hint.inference_precision(): OV_PRECISIONS[self.precision],
            hint.performance_mode(): mode,
            # Pinned threads of two processes (ranks, two Slicers) would crowd onto the same cores.
            hint.enable_cpu_pinning(): False,
        }
        if self._threads is not None:
            config[properties.inference_num_threads()] = self._threads
        return self._core.compile_model(self._folder / f"{name}.xml", "CPU", config)


def _threads_asked_for() -> int | None:
    text = os.environ.get("OMP_NUM_THREADS", "")
    return int(text) if text.isdigit() and int(text) > 0 else None


def _inputs_of(features: FeatureMaps, prompts: PromptArrays, index: int) -> list[np.ndarray]:
    """The decoder's inputs for one of n prompts."""
    mine = slice(index, index + 1)
    maps = [feature if feature.shape[0] == 1 else feature[mine] for feature in features]
    arrays = [*maps, prompts.points_xy[mine].astype(np.float32), prompts.labels[mine].astype(np.int64)]
    if prompts.mask_logits is not None:
        arrays.append(prompts.mask_logits[mine].astype(np.float32))
    return [np.ascontiguousarray(array) for array in arrays]


def _run(
    request: openvino.InferRequest, values: list[np.ndarray], first: int
) -> tuple[np.ndarray, np.ndarray]:
    request.infer(values, share_inputs=True)
    return _answer(request, first)


def _answer(request: openvino.InferRequest, first: int) -> tuple[np.ndarray, np.ndarray]:
    logits, scores = (request.get_output_tensor(first + i).data for i in range(2))
    return logits.copy(), scores.copy()
