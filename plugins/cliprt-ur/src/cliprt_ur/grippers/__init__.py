"""What closes and opens."""
