"""A trained policy, served to robots that run elsewhere."""
