"""What `bandeau doctor` looks at; each finding names the next command."""
