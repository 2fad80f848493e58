"""The panel of the module: one file for each of its parts. Everything here knows Qt."""
