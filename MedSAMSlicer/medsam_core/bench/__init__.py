"""How fast this machine is, against the published code in the same process and run."""

from __future__ import annotations

from medsam_core.bench.run import run_bench

__all__ = ["run_bench"]
