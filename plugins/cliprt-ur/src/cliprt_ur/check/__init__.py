"""Guided commissioning: what ``cliprt ur check`` asks of the arm and of the person beside it."""
