"""Slicer's scene (MRML) and the engine: the one home of `slicer` and `vtk`. Scenes and nodes are given."""
