"""Show that a live site keeps its word: collect in a real browser, judge by the policy, report."""
