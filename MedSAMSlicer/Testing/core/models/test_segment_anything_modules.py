"""segment-anything's networks without its torchvision import, each case in an interpreter of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import medsam_core

PACKAGE_ROOT = Path(medsam_core.__file__).parents[1]


def run(code: str, *first_on_path: Path, cwd: Path | None = None) -> None:
    """Run code in a fresh interpreter; its asserts are the test."""
    path = os.pathsep.join(str(folder) for folder in (*first_on_path, PACKAGE_ROOT))
    finished = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        env={**os.environ, "PYTHONPATH": path},
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert finished.returncode == 0, finished.stderr


def a_module(folder: Path, name: str, source: str = "") -> None:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(textwrap.dedent(source))


def test_networks_are_there_while_importing_torchvision_fails(tmp_path: Path) -> None:
    broken = 'raise RuntimeError("operator torchvision::nms does not exist")'
    a_module(tmp_path, "torchvision/__init__.py", broken)
    run(
        """
        import sys
        from medsam_core.models.segment_anything_modules import ImageEncoderViT, build_sam
        assert "segment_anything" not in sys.modules
        assert "torchvision" not in sys.modules
        encoder = ImageEncoderViT(img_size=32, embed_dim=16, depth=1, num_heads=2, out_chans=8)
        assert callable(build_sam.build_sam_vit_b)
        try:
            import segment_anything
        except RuntimeError as error:
            assert "torchvision::nms" in str(error)
        else:
            raise AssertionError("the user's own import must meet the same torchvision as without us")
        """,
        tmp_path,
    )


def test_the_users_own_import_of_segment_anything_is_another_and_complete(tmp_path: Path) -> None:
    a_module(tmp_path, "torchvision/__init__.py")
    boxes = "def batched_nms(): pass\ndef box_area(): pass"
    a_module(tmp_path, "torchvision/ops/__init__.py")
    a_module(tmp_path, "torchvision/ops/boxes.py", boxes)
    a_module(tmp_path, "torchvision/transforms/__init__.py")
    a_module(tmp_path, "torchvision/transforms/functional.py", "def resize(): pass\ndef to_pil_image(): pass")
    run(
        """
        from medsam_core.models import segment_anything_modules as ours
        import segment_anything
        from segment_anything.modeling import Sam
        assert segment_anything.SamPredictor is not None
        assert segment_anything.__name__ == "segment_anything"
        assert Sam.__module__ == "segment_anything.modeling.sam"
        assert Sam is not ours.modeling.Sam
        """,
        tmp_path,
    )


def test_a_clone_of_a_fork_in_the_working_folder_does_not_take_its_place(tmp_path: Path) -> None:
    a_module(tmp_path, "segment_anything/__init__.py", "raise RuntimeError('the fork')")
    a_module(tmp_path, "segment_anything/build_sam.py", "raise RuntimeError('the fork')")
    a_module(tmp_path, "segment_anything/modeling/__init__.py", "raise RuntimeError('the fork')")
    run(
        """
        from medsam_core.models.segment_anything_modules import modeling
        assert "site-packages" in modeling.__file__ or "dist-packages" in modeling.__file__
        """,
        cwd=tmp_path,
    )
