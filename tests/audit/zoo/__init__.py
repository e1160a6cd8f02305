"""The zoo: local sites with one planted breach each, and their clean twins."""
