"""Interpreters: a person's words -> what the arm should do, or a question back."""
