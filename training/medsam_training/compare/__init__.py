"""Specialists beside the promptable networks: same cases, same boxes, one table."""
