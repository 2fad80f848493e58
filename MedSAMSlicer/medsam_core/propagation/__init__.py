"""Ways of carrying a prompt through a volume."""
