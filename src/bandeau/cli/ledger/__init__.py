"""``bandeau ledger``: the proof of the readers' choices, kept, verified, made known."""
