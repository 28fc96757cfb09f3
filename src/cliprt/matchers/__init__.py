"""What an instruction in a person's words is taken for."""
