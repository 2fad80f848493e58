"""The use cases of every face: look, prompt, accept, propagate, correct, undo."""
