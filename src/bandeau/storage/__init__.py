"""Stores: one file per engine, one contract for all of them."""
