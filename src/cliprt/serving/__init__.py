"""A trained policy, served to robots elsewhere."""
