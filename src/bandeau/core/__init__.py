"""What the words mean. Pure: clock, disk, network and randomness come in as arguments."""
