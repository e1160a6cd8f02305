"""`make demo`: La Gazette with its stand-in third parties, on this machine, ready to be tried."""

from __future__ import annotations

import argparse
import os
import socket
import sys
import time
from pathlib import Path

GAZETTE_DIR = Path(__file__).resolve().parent

GUIDE = """
La Gazette est prête.                       ({seconds:.0f} s)

  Le journal            {url}/
  La preuve             {url}/proof        ce que les tiers ont reçu
  La rédaction          {url}/redaction/   {editor} / {password}

{try_}

Ctrl-C arrête tout.
"""
STEPS = """\
À essayer
  1. Lisez deux articles sans répondre, puis ouvrez /proof : rien n’est parti.
  2. « Paramétrer vos choix », au pied de chaque page : autorisez les réseaux sociaux,
     lisez l’article sur l’Orle ; vidéo et boutons apparaissent, /proof nomme ce que chaque tiers a reçu.
  3. Autorisez la personnalisation, lisez trois articles, ouvrez {url}/pour-vous/ ;
     refusez-la : le profil de lecture est effacé.
  4. Refusez la publicité : une annonce maison prend la place. Autorisez-la :
     la régie vient, avec des partenaires que personne n’a nommés.
  5. Coupez JavaScript : le premier écran, le panneau et les refus marchent encore.
  6. Comparez, dans un autre terminal : `make demo BANDEAU=off PORT={other}` montre les mêmes pages
     sans protection."""
UNGUARDED = """\
Bandeau est débranché (BANDEAU=off) : personne n’est interrogé, tout part dès la première page.
  Lisez un article, puis ouvrez {url}/proof, et comparez avec `make demo PORT={other}`
  dans un autre terminal."""


def main() -> None:
    """Prepares everything, then serves until interrupted."""
    started = time.monotonic()
    options = _options()
    sys.path.insert(0, str(GAZETTE_DIR))
    from standin import StandIn

    _must_be_free(options.port)
    var = options.var or _folder(options.port)
    with StandIn(options.port + 1 if _is_free(options.port + 1) else 0) as third_parties:
        password = _prepare(var, options.port, third_parties.port)
        _say(_guide(options.port, password, time.monotonic() - started))
        _serve(options.port)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")))
    parser.add_argument(
        "--var", type=Path, help="data folder  [default: var/gazette, with the port when it is not 8000]"
    )
    return parser.parse_args()


def _folder(port: int) -> Path:
    # A folder each: two demonstrations would write over each other's policy, password and records.
    from newspaper.ready import PORT

    return GAZETTE_DIR.parent / "var" / ("gazette" if port == PORT else f"gazette-{port}")


def _prepare(var: Path, port: int, standin_port: int) -> str:
    import django

    from newspaper.ready import prepare_newspaper, prepare_policy

    policy = prepare_policy(var, port=port, standin_port=standin_port)
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "newspaper.settings",
        "GAZETTE_VAR": str(var),
        "GAZETTE_URL": f"http://127.0.0.1:{port}",
        "STANDIN_PORT": str(standin_port),
        "BANDEAU_POLICY": str(policy),
    }
    django.setup()
    return prepare_newspaper(_say)


def _guide(port: int, password: str, seconds: float) -> str:
    from newspaper.ready import EDITOR

    off = os.environ.get("BANDEAU") == "off"
    # Cookies know no ports (RFC 6265 §8.5): under another name the two demonstrations keep theirs apart.
    url = f"http://localhost:{port}" if off else f"http://127.0.0.1:{port}"
    steps = UNGUARDED if off else STEPS
    try_ = steps.format(url=url, other=_next_free(port))
    return GUIDE.format(url=url, editor=EDITOR, password=password, seconds=seconds, try_=try_)


def _next_free(port: int) -> int:
    """A port for a second demonstration, whose third parties get the one above it."""
    near = range(port + 10, min(port + 200, 65_535), 10)
    return next((other for other in near if _is_free(other) and _is_free(other + 1)), port - 10)


def _serve(port: int) -> None:
    import uvicorn

    uvicorn.run("newspaper.asgi:application", host="127.0.0.1", port=port, log_level="warning")


def _is_free(port: int) -> bool:
    with socket.socket() as attempt:
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _must_be_free(port: int) -> None:
    if not _is_free(port):
        sys.exit(f"port {port} is taken by another program; try: make demo PORT={_next_free(port)}")


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
