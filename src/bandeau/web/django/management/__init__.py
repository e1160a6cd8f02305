"""What Django looks for here: ``manage.py bandeau``."""
