"""Fine-tune and train promptable segmentation models."""
