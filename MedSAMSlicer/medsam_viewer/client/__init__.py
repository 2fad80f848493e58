"""What the browser gets besides the page: a style sheet and the keys."""

from __future__ import annotations

from pathlib import Path

serve = {"__medsam": str(Path(__file__).resolve().parent)}
scripts = ["__medsam/keys.js"]
styles = ["__medsam/viewer.css"]
