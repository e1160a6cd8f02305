"""What a real browser does in front of a protected site."""
