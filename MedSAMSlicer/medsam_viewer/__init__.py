"""The browser face: the same tools without installing Slicer. Needs the extra ``viewer``."""
