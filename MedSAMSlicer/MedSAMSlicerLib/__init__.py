"""The 3D Slicer face: everything that knows Qt, and what stands right under it."""
