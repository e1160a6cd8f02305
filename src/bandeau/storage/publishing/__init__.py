"""Making the log known outside: folders, addresses, git tags, time stamps, witnesses."""
