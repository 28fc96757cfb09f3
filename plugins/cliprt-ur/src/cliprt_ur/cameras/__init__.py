"""What the arm's pictures come from."""
