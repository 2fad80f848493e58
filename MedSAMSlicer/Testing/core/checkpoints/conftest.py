"""The helpers beside these tests (`file_server`, `layouts`) are imported by name."""

from __future__ import annotations

import sys
from pathlib import Path

_HERE = str(Path(__file__).parent)
if _HERE not in sys.path:  # importlib mode leaves the path alone
    sys.path.append(_HERE)
