"""One file per checkpoint format; `detect.FORMATS` is their order."""
