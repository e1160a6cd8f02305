"""Tests of the newspaper."""
