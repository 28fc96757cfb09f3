"""What the page shows, piece by piece (NiceGUI)."""
