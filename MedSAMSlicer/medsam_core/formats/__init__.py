"""One module per file format: reading volumes, writing segmentations."""
