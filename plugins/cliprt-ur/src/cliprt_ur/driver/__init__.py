"""The supervised driver: ur-rtde in a child process, replaced when it dies or hangs."""
