"""What the browser gets besides the page: a style sheet, the keys, the sending of files and the way back."""

from __future__ import annotations

from pathlib import Path

serve = {"__medsam": str(Path(__file__).resolve().parent)}
scripts = ["__medsam/keys.js", "__medsam/upload.js", "__medsam/connection.js"]
styles = ["__medsam/viewer.css"]
