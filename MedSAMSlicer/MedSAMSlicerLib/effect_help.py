"""What the help of the effect says."""

from __future__ import annotations

import sys

SHORT = "Draw a box around an object in any slice view: MedSAM finds its outline, and follows it."

_KEYS = (
    ("drag", "a box; its edges, corners and inside can be dragged, the mask follows"),
    ("click", "this belongs to it"),
    ("{ctrl}+click", "this does not"),
    ("Enter", "write the mask; write a propagation; correct a slice of it"),
    ("Esc", "take back the clicks, then the box"),
    ("N", "next unsure slice"),
    ("{ctrl}+Z", "take back the last click, then the last step"),
    ("{ctrl}+Y, {ctrl}+Shift+Z", "do it again"),
)


def help_text(platform: str = sys.platform) -> str:
    """Rich text for the Segment Editor's help box: the first sentence stands alone when it is folded.

    Args:
        platform: of the machine; a Mac has another key.
    """
    ctrl = "Cmd" if platform == "darwin" else "Ctrl"
    rows = "".join(
        f"<tr><td><b>{key.format(ctrl=ctrl)}</b>&nbsp;</td><td>{told}</td></tr>" for key, told in _KEYS
    )
    return (
        f"<html>{SHORT}<br><p>Keys, while the effect is on:</p><table>{rows}</table>"
        "<p>Masking, overwriting and undo are those of the Segment Editor. <b>Start</b> carries what is"
        " marked through the volume; the strip shows how sure each slice is, a click on it goes there."
        " Nothing is written before Apply, Enter or Write.</p>"
        "<p>Model, device and intensities are chosen in the module MedSAM. Not for clinical use.</p></html>"
    )
