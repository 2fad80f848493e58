"""The oracle of the benchmark, which tests use too."""

from medsam_core.bench.oracle_faults import OracleFaults
from medsam_core.bench.oracle_slices import OracleSlices

__all__ = ["OracleFaults", "OracleSlices"]
