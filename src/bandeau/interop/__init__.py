"""Other people's dialects, in and out."""
