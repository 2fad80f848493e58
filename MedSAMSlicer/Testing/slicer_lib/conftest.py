"""Fixtures of the Slicer face's parts that need no Slicer."""
