"""What lies on the table, and where: in YAML or in words, at random within bounds."""
