"""The rewriter, from tokens to whole pages."""
