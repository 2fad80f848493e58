"""What is read of the CPU."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from medsam_core.inference import cpu_features
from medsam_core.inference.cpu_features import has_native_bf16


@pytest.fixture(autouse=True)
def ask_anew() -> Iterator[None]:
    has_native_bf16.cache_clear()
    yield
    has_native_bf16.cache_clear()


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """A machine of which only these sources know something."""

    def describe(torch: list[str] = (), cpuinfo: str | None = None, openvino: list[str] = ()) -> None:
        path = tmp_path / "cpuinfo"
        if cpuinfo is not None:
            path.write_text(cpuinfo)
        monkeypatch.setattr(cpu_features, "_CPU_INFO", path)
        monkeypatch.setattr(cpu_features, "_torch_names", lambda: torch)
        monkeypatch.setattr(cpu_features, "_openvino_names", lambda: openvino)

    return describe


@pytest.mark.parametrize("flag", ["avx512_bf16", "amx_bf16"])
def test_linux_on_x86_tells_bf16_by_a_flag(machine, flag: str) -> None:
    machine(cpuinfo=f"processor\t: 0\nflags\t\t: fpu avx512f {flag} sse\n")
    assert has_native_bf16()


def test_linux_on_arm_tells_bf16_by_a_feature(machine) -> None:
    machine(cpuinfo="processor\t: 0\nFeatures\t: fp asimd i8mm bf16\n")
    assert has_native_bf16()


def test_a_flag_that_only_contains_the_name_is_another_one(machine) -> None:
    machine(cpuinfo="flags\t\t: fpu no_avx512_bf16_x sse\n", torch=["avx512_f"], openvino=["fp32"])
    assert not has_native_bf16()


def test_without_linux_openvino_and_torch_are_asked(machine) -> None:
    machine(openvino=["fp32", "bf16"])
    assert has_native_bf16()
    has_native_bf16.cache_clear()
    machine(torch=["avx2", "amx_bf16"])
    assert has_native_bf16()


def test_a_machine_that_says_nothing_has_none(machine) -> None:
    machine()
    assert not has_native_bf16()


def test_the_sources_agree_about_this_machine() -> None:
    names = [{*cpu_features._torch_names()}, {*cpu_features._linux_names()}]
    told = {bool(cpu_features._BF16_NAMES & found) for found in names if found}
    assert len(told) <= 1
