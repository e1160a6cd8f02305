"""Collect: visit a site with a real Chromium in every scenario, and record what it does."""
