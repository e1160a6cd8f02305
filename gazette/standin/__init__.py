"""Stand-in third parties: one local server that answers as every vendor and remembers each call it gets."""

from standin.log import Connection, Hit
from standin.server import StandIn

__all__ = ["Connection", "Hit", "StandIn"]
