"""What is said between a robot and a policy that runs elsewhere."""
