"""Recipes: a run's parts and numbers as YAML, checked before anything starts."""
