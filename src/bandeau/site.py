"""Site: the only place where policy, keys, store, clock and randomness are wired together."""

from __future__ import annotations

import logging
import os
import secrets
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from bandeau.core.consent import Known
from bandeau.core.cookie import Keyring, held_token, pairs, read, read_pairs, subject_of
from bandeau.core.decision import EU, Regime, Signals
from bandeau.core.policy import DAY_SECONDS, Policy
from bandeau.core.request import RequestHead
from bandeau.enforcement.exchange import is_prefetch
from bandeau.enforcement.visit import Visit
from bandeau.errors import KeyFileError, LedgerError, MalformedEvidence, PolicyError, StoreDamaged
from bandeau.interop.gpc import decode_gpc
from bandeau.ledger.bodies import KEY, key_body
from bandeau.ledger.issue import issue_receipt
from bandeau.ledger.note import VerifierKey
from bandeau.ledger.outbox import Owed
from bandeau.ledger.receipt import Receipt
from bandeau.ledger.series import Series
from bandeau.ledger.store import Entry, Kept, LogHead, Store
from bandeau.policyfile import Loaded, load_file
from bandeau.policyfile.modeswitch import MODE_VARIABLE, switched
from bandeau.policyfile.watched import WatchedFile
from bandeau.profiles.accounts import account_digest, forgotten
from bandeau.profiles.declared import check_secrets, declared_erasers
from bandeau.profiles.delivery import Delivery
from bandeau.profiles.rounds import Rounds
from bandeau.profiles.withdrawal import Eraser, Erasers
from bandeau.profiles.withdrawal import Handler as Handler
from bandeau.profiles.withdrawal import Withdrawal as Withdrawal
from bandeau.storage.archive import Archive
from bandeau.storage.engines import MEMORY, open_store
from bandeau.storage.keyfile import LEDGER_KEY_REMEDY, KeyFile, Keys, keyfile_path, new_keys
from bandeau.storage.memory import MemoryStore
from bandeau.storage.publishing.background import PUBLISH_SECONDS, Background
from bandeau.storage.publishing.continued import check_continued
from bandeau.storage.publishing.publisher import Outcome, Publisher
from bandeau.storage.signer import Signer

Clock = Callable[[], float]
Erases = TypeVar("Erases", bound=Handler)


#: Tells whose request it is: an account's id, or nothing for a reader without one.
AccountOf = Callable[[RequestHead], str | None]


class Site:
    """One site as it runs: everything that answers a request hangs on it.

    The policy is swapped in one step when its file changes; a file with mistakes is reported
    and the policy in force stays.
    """

    def __init__(
        self,
        policy: Policy,
        keyring: Keyring,
        store: Store,
        *,
        clock: Clock = time.time,
        random: Callable[[int], bytes] = secrets.token_bytes,
        regime: Regime = EU,
        policy_path: Path | None = None,
        keyfile: KeyFile | None = None,
        archive: Archive | None = None,
        loaded: Loaded | None = None,
        signer: Signer | None = None,
    ) -> None:
        self.policy = policy
        #: The policy's file as it was read; ``None`` when the policy was made in code.
        self.loaded = loaded
        #: Where what readers are shown is kept; ``None`` when nothing is.
        self.archive = archive
        self.keyring = keyring
        self.store = store
        self.regime = regime
        self.log = logging.getLogger("bandeau")
        self._clock = clock
        self._random = random
        self._file = WatchedFile(policy_path) if policy_path else None
        self._keyfile = keyfile
        #: Signs the site's logs.
        self.signer = signer or _trial_signer(policy)
        #: The folder of the policy file; ``None`` when the policy was made in code.
        self.folder = policy_path.parent if policy_path else None
        self._erasers = Erasers(self._declared_erasers)
        #: Carries out withdrawals.
        self.withdrawals = Delivery(
            self._erasers, lambda: self.store, lambda: self.series, now=clock, token=self.token
        )
        self._rounds = Rounds(self.withdrawals, lambda: {profile.purpose for profile in self.policy.profiles})
        #: Tells the account of a request, where accounts are known.
        self.account_of: AccountOf | None = None
        self._background = Background(lambda: self.publish(all_logs=False))

    @classmethod
    def open(cls, policy_path: str | Path, *, checked: bool = True) -> Site:
        """Open a site by its policy file; keys and store must have been created.

        Args:
            checked: refuse a store whose logs are damaged; who examines the damage says no.

        Raises:
            PolicyError: the file has mistakes.
            KeyFileError, StoreMissing: with the command that creates what is missing.
            StoreDamaged: the logs are not as they were left, or not those that were published.
        """
        path = Path(policy_path).resolve()
        loaded = _usable(path)
        policy = loaded.policy
        check_secrets(policy, path.parent)
        keyfile = KeyFile(keyfile_path(policy, path.parent))
        if not keyfile.keys().ledger:
            raise KeyFileError(f"{keyfile.path} holds no key for the log; {LEDGER_KEY_REMEDY}")
        signer = signer_of(policy, keyfile.keys)
        site = cls(
            policy,
            keyfile.keys().cookies,
            open_store(policy.proof.store, path.parent, signer, checked=checked),
            policy_path=path,
            keyfile=keyfile,
            archive=open_archive(policy, path.parent),
            loaded=loaded,
            signer=signer,
        )
        try:
            if checked and site.publisher:
                check_continued(site.publisher, policy.site, signer, site.store)
        except BaseException:
            site.close()
            raise
        return site

    @classmethod
    def in_memory(cls, policy: Policy, *, clock: Clock = time.time) -> Site:
        """Make a site that keeps nothing: for tests and for a first look."""
        signer = _trial_signer(policy)
        return cls(policy, new_keys().cookies, MemoryStore(signer, clock=clock), clock=clock, signer=signer)

    def visit(self, head: RequestHead) -> Visit:
        """Read what is known of the reader from a request, at this moment."""
        self._refresh()
        policy = self.policy
        cookies = tuple(pair for header in head.all("cookie") for pair in pairs(header))
        token = held_token(cookies, policy.site)
        return Visit(
            policy=policy,
            known=read_pairs(cookies, policy.site, self.keyring),
            today=self.today(),
            signals=Signals(gpc=decode_gpc(head.all("sec-gpc"))),
            regime=self.regime,
            mode=policy.enforce.mode_for(head.hostname, head.path),
            subject_id=None if token is None else subject_of(token),
            cookies=cookies,
            prefetched=is_prefetch(head),
        )

    def known(self, head: RequestHead) -> Known:
        """Read the choice that a request carries."""
        return read(head.all("cookie"), self.policy.site, self.keyring)

    def now(self) -> datetime:
        """Return the server's time, UTC."""
        return datetime.fromtimestamp(self._clock(), UTC)

    def today(self) -> int:
        """Return the day, counted from 1970-01-01 UTC."""
        return int(self._clock() // DAY_SECONDS)

    def token(self, length: int = 16) -> str:
        """Return ``length`` random bytes in base64url without padding."""
        return urlsafe_b64encode(self._random(length)).rstrip(b"=").decode()

    def on_withdraw(self, purpose_id: str, *, name: str = "") -> Callable[[Erases], Erases]:
        """Register what erases the profiles of a purpose when a reader withdraws it.

        It is called until it acknowledges, at least once, over restarts too: by returning anything but
        ``False``. It may be a coroutine function.

        Args:
            name: what it is called in the store; its module and name by default. Keep it: what is owed
                to a name that is gone waits for somebody to look.

        Raises:
            KeyError: the policy has no such purpose.
            ValueError: the purpose has a handler of that name.
        """
        self.policy.purpose(purpose_id)

        def register(handler: Erases) -> Erases:
            self._erasers.add(purpose_id, handler, name)
            return handler

        return register

    @property
    def erases_profiles(self) -> bool:
        """Whether anybody has to be told of withdrawals."""
        return any(True for _ in self._erasers)

    def withdraw(self, withdrawal: Withdrawal) -> bool:
        """Carry out a withdrawal of which there is no record; tell whether everybody has acknowledged it."""
        return self.withdrawals.carry_out_unkept([withdrawal])

    def carry_out(self, owed: Iterable[Owed]) -> None:
        """Carry out withdrawals that were kept just now; who is elsewhere is told in the background."""
        self.withdrawals.carry_out(owed)
        self._rounds.wake()

    def identify(self, account_of: AccountOf) -> AccountOf:
        """Register what tells the account of a request; it may ask a database, never on an event loop."""
        self.account_of = account_of
        return account_of

    def account_answers(self, account: str) -> dict[str, bool]:
        """Return what an account has answered last, on any device, by purpose.

        Raises:
            StoreError: the store cannot be read.
        """
        digest = account_digest(self.policy.site, account)
        return self.store.owed(lambda outbox: outbox.answers(self.series, digest))

    def forget_account(self, account: str) -> None:
        """Drop what an account has answered, when it is deleted.

        Raises:
            StoreError: it could not be written.
        """
        digest = account_digest(self.policy.site, account)
        self.store.settle(lambda outbox: forgotten(outbox, self.series, digest)).result()

    @property
    def series(self) -> Series:
        """The site in its environment."""
        return self.policy.site.id, self.policy.site.environment

    @property
    def publisher(self) -> Publisher | None:
        """What publishes the site's logs; ``None`` for a site that keeps nothing."""
        if self.folder is None or self.policy.proof.store == MEMORY:
            return None
        return Publisher(self.policy.proof, self.folder)

    def logs(self) -> list[LogHead]:
        """Return the heads of this site's logs, the oldest first."""
        return self.own(self.store.logs())

    def own(self, heads: Iterable[LogHead]) -> list[LogHead]:
        """Return those of some heads that are of this site's logs: a store may serve several sites."""
        return [head for head in heads if (head.site_id, head.environment) == self.series]

    def kept(self, code: str) -> Kept | None:
        """Return the row of a receipt code, or ``None`` when this site has none.

        Raises:
            StoreError: the store cannot be read.
        """
        row = self.store.kept(code)
        return row if row is not None and self._is_own(row) else None

    def kept_of_subject(self, subject_id: str) -> list[Kept]:
        """Return a subject's rows at this site, oldest first.

        Raises:
            StoreError: the store cannot be read.
        """
        return [row for row in self.store.kept_of_subject(subject_id) if self._is_own(row)]

    def _is_own(self, row: Kept) -> bool:
        record = row.record()
        return (record.site_id, record.environment) == self.series

    def _declared_erasers(self) -> Iterator[Eraser]:
        return declared_erasers(self.policy, self.folder or Path(), self._clock)

    def witnesses(self) -> list[VerifierKey]:
        """Return the keys of the witnesses that the policy names."""
        return [VerifierKey.parse(witness.key) for witness in self.policy.proof.witnesses]

    def receipt(self, row: Kept) -> Receipt:
        """Return the receipt of a row: by a countersigned checkpoint when one covers it already.

        Raises:
            StoreDamaged: the row's log is not there.
            LedgerError: no key of the log is known here, or the row is not in it.
        """
        publisher = self.publisher
        note = publisher.newest_countersigned(row.origin, beyond=row.index) if publisher else None
        keys = self.signer.verifiers(row.origin)
        if note is not None:
            # One that the log does not continue proves nothing about it: its own checkpoint does.
            with suppress(LedgerError):
                return issue_receipt(row, note, self.store, keys)
        heads = [head for head in self.store.logs() if head.origin == row.origin]
        if not heads:
            raise StoreDamaged(f"there are rows of the log {row.origin}, and no such log")
        return issue_receipt(row, heads[0].checkpoint, self.store, keys)

    def announce_key(self) -> Entry:
        """Write into the site's log which key signs it from now on.

        The row, and with it each key, is signed by the key before it too, so that who trusts the
        first key of a log can follow it to the last.

        Raises:
            StoreError: it could not be written.
        """
        site = self.policy.site
        return self.store.append(
            site.id,
            site.environment,
            KEY,
            lambda origin, at: key_body(origin, at, self.signer.verifiers(origin)[0]),
        ).result()

    def publish(self, *, all_logs: bool = True) -> list[Outcome]:
        """Publish the checkpoints of this site's logs; without ``all_logs`` those that are due.

        Raises:
            StoreError: the logs cannot be read.
        """
        publisher, outcomes = self.publisher, list[Outcome]()
        for head in self.logs() if publisher else []:
            if publisher and (all_logs or publisher.is_due(head, self._clock(), PUBLISH_SECONDS)):
                outcomes += publisher.publish(head, self.store)
        return outcomes

    def close(self) -> None:
        """Finish the store's work."""
        self._background.close()
        self._rounds.close()
        self.store.close()

    def _refresh(self) -> None:
        if self._keyfile is not None:
            # At every request: another process may sign with a new key from now on.
            self.keyring = self._keyfile.keys().cookies
        if self.folder is not None:
            self._background.tick()
        self._rounds.tick()
        if self._file is None:
            return
        fresh = self._file.changed(self._clock())
        if fresh is None:
            return
        try:
            loaded = _usable(fresh)
            self.loaded, self.policy = loaded, loaded.policy
        except (PolicyError, OSError) as error:
            self.log.error("the policy in force stays, the changed file is not usable: %s", error)
        else:
            self.log.info("policy revision %s is in force", self.policy.revision)


def _usable(path: Path) -> Loaded:
    """Read a policy file, with what the policy file's own rules cannot judge.

    Raises:
        PolicyError: it has mistakes.
    """
    loaded = load_file(path)
    loaded = replace(loaded, policy=switched(loaded.policy, os.environ.get(MODE_VARIABLE, "")))
    for witness in loaded.policy.proof.witnesses:
        try:
            VerifierKey.parse(witness.key)
        except MalformedEvidence as error:
            raise PolicyError([f"{path}: the key of the witness {witness.name} is none: {error}"]) from error
    return loaded


def signer_of(policy: Policy, keys: Callable[[], Keys]) -> Signer:
    """Return what signs the logs of a site, with the keys in force at each moment."""
    return Signer(keys, policy.site.url.partition("://")[2].rstrip("/"))


def _trial_signer(policy: Policy) -> Signer:
    keys = new_keys()
    return signer_of(policy, lambda: keys)


def open_archive(policy: Policy, folder: Path) -> Archive | None:
    """Return the archive that a policy names; a store that keeps nothing needs none."""
    return None if policy.proof.store == MEMORY else Archive(folder / policy.proof.archive)
