"""`python -m standin [port]`: the stand-in on its own, until interrupted."""

from __future__ import annotations

import sys
import threading

from standin import StandIn


def main(arguments: list[str]) -> None:
    """Serves until interrupted."""
    with StandIn(int(arguments[0]) if arguments else 8001) as third_parties:
        sys.stdout.write(f"third parties at http://*.localhost:{third_parties.port}/, log at /__hits\n")
        sys.stdout.flush()
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    main(sys.argv[1:])
