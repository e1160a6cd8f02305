"""Self-hosted consent manager: declare once, enforce everywhere, prove it."""
