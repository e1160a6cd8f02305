"""What a site's own tests need: choices, a frozen clock, a site in memory, an audit in pytest."""
