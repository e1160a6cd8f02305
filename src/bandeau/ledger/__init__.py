"""What is kept to prove a choice. Pure: the engines live in ``bandeau.storage``."""
