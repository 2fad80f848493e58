"""MedSAM and other SAM-type models on medical images: the engine, without a user interface."""
