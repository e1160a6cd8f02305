"""``python -m bandeau``."""

from __future__ import annotations

from bandeau.cli.main import main

if __name__ == "__main__":
    main()
