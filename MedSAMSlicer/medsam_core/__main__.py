"""``python -m medsam_core`` is ``medsam-slicer``."""

from medsam_core.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
