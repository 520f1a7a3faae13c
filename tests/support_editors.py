"""Editors who decide at once over HTTP, and what must be found afterwards."""

from __future__ import annotations

import json
import random
import time
import urllib.error
import urllib.request
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from searchsvc import Settings, open_service
from searchsvc.access import create_token
from searchsvc.editorial import Decision
from support_browser import running_server

API = "/api/v1/duplicates"


@dataclass
class AtOnce:
    """An editor who decides, undoes and reads as fast as the server answers."""

    base: str
    token: str
    pairs: list[tuple[str, str]]
    seed: int
    made: dict[str, dict[str, Any]] = field(default_factory=dict)
    seen: dict[str, str] = field(default_factory=dict)
    undone: set[str] = field(default_factory=set)
    outdone: int = 0
    conflicts: int = 0

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.base}{API}{path}", data, headers, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def work(self, seconds: float) -> None:
        """Until the time is over."""
        rng, end = random.Random(self.seed), time.monotonic() + seconds
        while time.monotonic() < end:
            self._one(rng)

    def _one(self, rng: random.Random) -> None:
        what = rng.random()
        if what < 0.2:
            self.ask("GET", "?limit=5")
        elif what < 0.4 and self.made.keys() - self.undone:
            mine = rng.choice(sorted(self.made.keys() - self.undone))
            try:
                self.ask("DELETE", f"/decisions/{mine}")
            except urllib.error.HTTPError as error:
                # Another editor decided about this pair since: there is nothing of mine to take back.
                if error.code != 404:
                    raise
                self.outdone += 1
            else:
                self.undone.add(mine)
        else:
            a, b = rng.choice(self.pairs)
            decision = rng.choice(["same", "different", "merged"])
            note = f"{self.seed}-{len(self.made)}"
            self._decide({"a": a, "b": b, "decision": decision, "note": note, "expected": ""})

    def _decide(self, body: dict[str, str]) -> None:
        """Until it is stored: another look each time somebody was faster."""
        while True:
            try:
                done = self.ask("POST", "/decisions", body)
            except urllib.error.HTTPError as error:
                if error.code != 409:
                    raise
                conflict = json.load(error)
                assert conflict["code"] == "decision_conflict"
                body = body | {"expected": conflict["decision"]["id"] if conflict["decision"] else ""}
                self.conflicts += 1
            else:
                self.made[done["id"]], self.seen[done["id"]] = done, body["expected"]
                return


def check_editors_at_once(settings: Settings, state: Path, editors: int, seconds: float) -> None:
    """Editors share pairs, and two worker processes; every decision that was acknowledged is in the history, as it was
    acknowledged, by whom, and undone if that was acknowledged.
    """
    with open_service(index=settings.index, state=state) as service:
        clusters = service.editors.duplicates(limit=None).clusters
        tokens = [create_token(Settings(index=settings.index, state=state), f"编辑{i}") for i in range(editors)]
    pairs = [(pair.a, pair.b) for one in clusters for pair in one.pairs]
    with running_server(settings.index, state, "--workers", "2") as base:
        workers = [AtOnce(base, token, pairs, number) for number, token in enumerate(tokens)]
        with ThreadPoolExecutor(editors) as pool:
            list(pool.map(lambda one: one.work(seconds), workers))
        history = {one["id"]: one for one in workers[0].ask("GET", "/decisions?history=true")["decisions"]}
    made = {name for one in workers for name in one.made}
    undone = {name for one in workers for name in one.undone}
    with open_service(index=settings.index, state=state) as service:
        history = {one.id: one for one in service.editors.history()}
        in_force = {one.id for one in service.editors.decisions()}
    assert history.keys() == made
    assert len(made) >= editors
    for number, one in enumerate(workers):
        for name, value in one.made.items():
            kept = history[name]
            assert (kept.a.id, kept.b.id) == (value["a"], value["b"])
            assert (kept.decision, kept.keep, kept.note) == (value["decision"], value["keep"], value["note"])
            assert (kept.by, kept.at) == (f"编辑{number}", value["at"])
            assert kept.undone_by == (f"编辑{number}" if name in one.undone else None)
    # Whatever was in force when another decision took its place had been seen by who made that one.
    assert sum(one.conflicts for one in workers) > 0
    for one in workers:
        for name, expected in one.seen.items():
            assert _could_hold(expected, before=history[name], history=history.values())
    # Of each pair the last decision that was not taken back is in force.
    last: dict[tuple[str, str], tuple[int, str]] = {}
    for name, kept in history.items():
        if name not in undone:
            pair = (kept.a.id, kept.b.id)
            last[pair] = max(last.get(pair, (0, "")), (_number(name), name))
    assert in_force == {name for _, name in last.values()}


def _number(decision_id: str) -> int:
    return int(decision_id.partition("-")[0])


def _could_hold(expected: str, *, before: Decision, history: Iterable[Decision]) -> bool:
    """Whether a decision ("" for none) may have been in force when another was made; times are whole seconds."""
    pair = (before.a.id, before.b.id)
    earlier = [one for one in history if (one.a.id, one.b.id) == pair and _number(one.id) < _number(before.id)]
    newer = [one for one in earlier if not expected or _number(one.id) > _number(expected)]
    held = [one for one in earlier if one.id == expected]
    return all(one.undone_at is not None and one.undone_at <= before.at for one in newer) and all(
        one.undone_at is None or one.undone_at >= before.at for one in held
    )
