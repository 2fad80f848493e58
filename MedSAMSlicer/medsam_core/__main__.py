"""``python -m medsam_core`` is ``medsam-slicer``."""

from .cli import main

if __name__ == "__main__":
    raise SystemExit(main())
