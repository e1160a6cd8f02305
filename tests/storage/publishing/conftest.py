"""A log that grows, and the servers that its checkpoints go to."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bandeau.core.policy import Witness
from bandeau.ledger.note import VerifierKey
from bandeau.ledger.store import LogHead
from bandeau.storage.keyfile import Keys, new_keys
from bandeau.storage.memory import MemoryStore
from bandeau.storage.signer import Signer
from bandeau.storage.witnessfile import WitnessFile
from bandeau.web.witness import WitnessApp
from tests.e2e.serving import serve
from tests.storage.records import a_record

_TSA = """[tsa]
default_tsa = t
[t]
serial = serial
crypto_device = builtin
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
ess_cert_id_alg = sha256
"""


@dataclass
class Log:
    """A store with one log; a second one with the same keys is a forged history."""

    keys: Keys = field(default_factory=new_keys)
    origin: str = "gazette.example/gazette/test/2026"

    def __post_init__(self) -> None:
        self.signer = Signer(lambda: self.keys, "gazette.example")
        self.store = MemoryStore(self.signer)
        self.count = 0

    def grow(self, by: int) -> LogHead:
        """Add records and return the head."""
        for number in range(self.count, self.count + by):
            self.store.submit(a_record(number), key=f"key-{number}").result()
        self.count += by
        return self.store.logs()[-1]

    @property
    def verifiers(self) -> tuple[VerifierKey, ...]:
        """The keys of the log."""
        return self.signer.verifiers(self.origin)


@pytest.fixture
def log() -> Log:
    """Return an empty log."""
    return Log()


@dataclass
class Running:
    """A witness behind HTTP."""

    file: WitnessFile
    declared: Witness


Start = Callable[[str], Running]


@pytest.fixture
def witness(tmp_path: Path, log: Log) -> Iterator[Running]:
    """Serve a witness that knows the log."""
    with serve_witness(tmp_path, "witness.example/w1", log) as running:
        yield running


class serve_witness:  # noqa: N801 (used like a function, as contextlib's are)
    """Serve a witness that knows the log."""

    def __init__(self, folder: Path, name: str, log: Log) -> None:
        self._file = WitnessFile.create(folder / f"{name.replace('/', '-')}.witness", name)
        for key in log.verifiers:
            self._file.trust(key)
        self._serving = serve(WitnessApp(self._file))

    def __enter__(self) -> Running:
        url = f"http://127.0.0.1:{self._serving.__enter__()}"
        return Running(self._file, Witness(str(self._file.verifier()), url))

    def __exit__(self, *error: Any) -> None:
        self._serving.__exit__(*error)


@dataclass
class Box:
    """An HTTP server that keeps what is sent to it, and answers as it is told."""

    status: int = 201
    reply: Callable[[bytes], bytes] = lambda body: b""
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    taken: dict[str, bytes] = field(default_factory=dict)
    url: str = ""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        self.taken[f"{scope['method']} {scope['path']}"] = body
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": self.reply(body)})


@pytest.fixture
def box() -> Iterator[Box]:
    """Serve a box."""
    made = Box()
    with serve(made) as port:
        made.url = f"http://127.0.0.1:{port}"
        yield made


@dataclass
class Authority:
    """A time stamping authority of this machine."""

    folder: Path

    def __post_init__(self) -> None:
        (self.folder / "serial").write_text("01")
        (self.folder / "tsa.cnf").write_text(_TSA)
        (self.folder / "usage").write_text("extendedKeyUsage=critical,timeStamping")
        self._run("req -x509 -newkey ed25519 -nodes -keyout ca.key -out ca.pem -days 9 -subj /CN=CA")
        self._run("req -newkey rsa:2048 -nodes -keyout tsa.key -out tsa.csr -subj /CN=TSA")
        signed = "x509 -req -in tsa.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 9 -extfile usage"
        self._run(f"{signed} -out tsa.pem")

    def stamp(self, query: bytes) -> bytes:
        """Answer a query."""
        (self.folder / "query").write_bytes(query)
        signer = "-signer tsa.pem -inkey tsa.key -chain ca.pem"
        self._run(f"ts -reply -config tsa.cnf -queryfile query {signer} -out reply")
        return (self.folder / "reply").read_bytes()

    def verifies(self, data: bytes, reply: bytes) -> bool:
        """Tell whether OpenSSL accepts a stamp, as an expert would ask it."""
        (self.folder / "data").write_bytes(data)
        (self.folder / "kept").write_bytes(reply)
        command = ["openssl", "ts", "-verify", "-data", "data", "-in", "kept", "-CAfile", "ca.pem"]
        return subprocess.run(command, cwd=self.folder, capture_output=True, check=False).returncode == 0

    def _run(self, arguments: str) -> None:
        subprocess.run(["openssl", *arguments.split()], cwd=self.folder, capture_output=True, check=True)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """Return an authority with its own certificate."""
    (tmp_path / "tsa").mkdir()
    return Authority(tmp_path / "tsa")
