"""Learning from images alone: an encoder paints what was hidden from it."""
