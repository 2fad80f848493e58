"""Fine-tuning: one YAML file is one run."""
