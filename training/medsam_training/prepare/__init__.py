"""From images with masks to a prepared set."""
