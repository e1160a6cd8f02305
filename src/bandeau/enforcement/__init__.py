"""Decides, purely, what of a request or a response has to be held back."""
