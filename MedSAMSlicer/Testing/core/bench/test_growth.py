"""The growth bench runs the real program, and objects share the encoder's work."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from medsam_core.bench.growth import draw_growth, growth_table, measure_growth


def test_objects_share_the_embeddings_of_a_slice(tmp_path: Path) -> None:
    told: list[dict] = []
    rows = measure_growth(side=64, slices=(3,), objects=(1, 2), slices_of_objects=4, tell=told.append)
    assert told == rows
    assert [(r["propagation"], r["size_ijk"][2], r["objects"]) for r in rows] == [
        ("roi", 3, 1),
        ("roi", 4, 2),
        ("track", 3, 1),
        ("track", 4, 2),
    ]
    assert [r["encoded_slices"] for r in rows if r["propagation"] == "roi"] == [3, 4]
    assert len(growth_table(rows).splitlines()) == 6
    draw_growth(rows, tmp_path / "growth.png")
    assert Image.open(tmp_path / "growth.png").size[0] > 800
