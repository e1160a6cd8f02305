"""What readers see of Bandeau: texts, templates and what is inserted into the site's pages."""
