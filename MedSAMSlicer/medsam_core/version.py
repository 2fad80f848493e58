"""The version of this code, told everywhere alike; pyproject.toml reads it here.

It stands in the source, as an extension of 3D Slicer is no installed distribution.
"""

VERSION = "0.1.0"
