"""The kit for the tests of sites."""
