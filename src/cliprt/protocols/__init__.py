"""What policies' servers and robots say to one another: frames as bytes, pure functions."""
