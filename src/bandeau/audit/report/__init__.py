"""Report: a judgement in the forms that people and machines read. The same judgement gives the same bytes."""
