"""How well a network segments: measured per case, label and prompt, beside the ellipse in the same box."""
