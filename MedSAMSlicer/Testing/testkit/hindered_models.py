"""Real models whose backend is slow, stands at a gate, or fails, as a test needs it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from medsam_core.inference.backend import Backend, FeatureMaps, PromptArrays

AnyModel = TypeVar("AnyModel")


@dataclass
class HinderedBackend:
    """Another backend, after `before("encode")` or `before("decode")`."""

    backend: Backend
    before: Callable[[str], None]

    def __getattr__(self, name: str) -> object:
        return getattr(self.backend, name)

    def encode(self, images: np.ndarray) -> FeatureMaps:
        self.before("encode")
        return self.backend.encode(images)

    def decode(
        self, features: FeatureMaps, prompts: PromptArrays, multimask: bool = False
    ) -> tuple[np.ndarray, np.ndarray]:
        self.before("decode")
        return self.backend.decode(features, prompts, multimask)


def hindered(model: AnyModel, before: Callable[[str], None]) -> AnyModel:
    """The model with something done before each call of its network."""
    return replace(model, backend=HinderedBackend(model.backend, before))  # type: ignore[attr-defined, type-var]


@dataclass
class Stumbling:
    """Fails every `every`-th call with `error`; sleeps before each encoder call."""

    every: int = 0
    error: Callable[[], BaseException] = RuntimeError
    encode_seconds: float = 0.0
    calls: int = 0

    def __call__(self, step: str) -> None:
        self.calls += 1
        if step == "encode" and self.encode_seconds:
            time.sleep(self.encode_seconds)
        if self.every and self.calls % self.every == 0:
            raise self.error()


class Turnstile:
    """Lets encoder calls through one by one: the test opens it once for each."""

    def __init__(self) -> None:
        self._waiting = threading.Semaphore(0)
        self._passes = threading.Semaphore(0)
        self.encoded = 0

    def __call__(self, step: str) -> None:
        if step == "encode":
            self._waiting.release()
            assert self._passes.acquire(timeout=20), "nobody opened the turnstile"
            self.encoded += 1

    def wait(self) -> None:
        """Until one more encoder call stands before it."""
        assert self._waiting.acquire(timeout=20), "the encoder was never called"

    def open(self, times: int = 1) -> None:
        """Let so many calls through, now or later."""
        self._passes.release(times)
