"""Every way a page can reach a third party, and the proof that each is closed."""
