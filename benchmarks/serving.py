"""Answers with snippets, in the process and over HTTP, beside a minimal Flask endpoint over tantivy.

Usage: python benchmarks/serving.py FOLDER [--size 20000] [--queries 1000] [--seconds 10]

FOLDER is what `engines.py --folder` kept. Both servers run under granian with the same settings, one worker and then
two; 16 connections ask distinct questions, the servers in turns. tantivy's endpoint gives ten results with the
snippets of its own generator for title and body, and the total; searchsvc's is GET /api/v1/search as it stands, with
facets, ranges and all. The client is another process on the same cores.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import threading
import time
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote

from flask import Flask, jsonify, request
from flask.typing import ResponseReturnValue

from engines import SEGMENTER, Query, Tantivy, questions
from searchsvc import open_service

CONNECTIONS = 16
THREADS = 2  # of the peer, which lets go of the interpreter; with one it is slower
ROUNDS = 3


def tantivy_app() -> Flask:
    """The endpoint over tantivy; the folder comes from the environment."""
    engine = Tantivy(Path(os.environ["BENCHMARK_FOLDER"]))
    engine.open()
    app = Flask(__name__)

    @app.get("/search")
    def search() -> ResponseReturnValue:
        return jsonify(engine.answer(Query(request.args["q"])))

    return app


class Server:
    """A granian process and its address."""

    def __init__(self, command: list[str], path: str, environment: dict[str, str]) -> None:
        self.path = path
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        command = [part.format(port=self.port) for part in command]
        self.process = subprocess.Popen(command, env=os.environ | environment, stderr=subprocess.DEVNULL)
        for _ in range(300):
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError(f"{command} does not answer")

    def load(self, queries: list[str], seconds: float) -> list[float]:
        """Seconds of each answer to distinct queries over CONNECTIONS connections."""
        spent: list[list[float]] = [[] for _ in range(CONNECTIONS)]
        numbers = count()
        end = time.perf_counter() + seconds

        def ask(times: list[float]) -> None:
            connection = http.client.HTTPConnection("127.0.0.1", self.port)
            while (began := time.perf_counter()) < end:
                connection.request("GET", self.path + quote(queries[next(numbers) % len(queries)]))
                response = connection.getresponse()
                response.read()
                if response.status != 200:
                    raise RuntimeError(f"{self.path} answered {response.status}")
                times.append(time.perf_counter() - began)

        threads = [threading.Thread(target=ask, args=(times,)) for times in spent]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return [one for times in spent for one in times]


def servers(folder: Path, workers: int) -> dict[str, Server]:
    """Both servers, with this many workers each."""
    here = str(Path(__file__).parent)
    python = [sys.executable, "-m"]
    ours = ["searchsvc", "serve", "--index", str(folder / "searchsvc"), "--state", str(folder / "state")]
    ours += ["--port", "{port}", "--workers", str(workers)]
    theirs = ["granian", "--interface", "wsgi", "--factory", "--port", "{port}", "--workers", str(workers)]
    theirs += ["--blocking-threads", str(THREADS), "--backlog", "1024", "--log-level", "warning", "serving:tantivy_app"]
    places = {"BENCHMARK_FOLDER": str(folder), "PYTHONPATH": os.pathsep.join([here, *sys.path])}
    return {
        "searchsvc": Server([*python, *ours], "/api/v1/search?q=", places),
        "tantivy + Flask": Server([*python, *theirs], "/search?q=", places),
    }


def in_process(folder: Path, queries: list[Query]) -> dict[str, list[float]]:
    """Seconds of each answer without HTTP; the engines take turns."""
    engine = Tantivy(folder)
    engine.open()
    service = open_service(index=str(folder / "searchsvc"), state=str(folder / "state"))
    calls: dict[str, Any] = {"searchsvc": lambda query: service.search(query.raw), "tantivy + Flask": engine.answer}
    spent: dict[str, list[float]] = {name: [] for name in calls}
    for query in queries:
        for name, call in calls.items():
            began = time.perf_counter()
            call(query)
            spent[name].append(time.perf_counter() - began)
    return {name: times[len(times) // 4 :] for name, times in spent.items()}


def percentiles(seconds: list[float]) -> tuple[float, float]:
    """Median and 95th percentile, in milliseconds."""
    ordered = sorted(seconds)
    return 1000 * statistics.median(ordered), 1000 * ordered[int(0.95 * len(ordered))]


def main() -> None:
    """Prints a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--size", type=int, default=20_000)
    parser.add_argument("--queries", type=int, default=1_000)
    parser.add_argument("--seconds", type=float, default=10)
    options = parser.parse_args()
    SEGMENTER.load()
    folder = options.folder / str(options.size)
    queries = questions(options.size, options.queries, "question")
    print("| server | workers | p50 ms | p95 ms | requests/s |\n|---|---|---|---|---|")
    for name, times in in_process(folder, queries).items():
        p50, p95 = percentiles(times)
        print(f"| {name} | no HTTP | {p50:.2f} | {p95:.2f} | |")
    for workers in (1, 2):
        running = servers(folder, workers)
        found: dict[str, list[float]] = {name: [] for name in running}
        try:
            for turn in range(ROUNDS + 1):
                for name, server in running.items():
                    times = server.load([query.raw for query in queries], options.seconds / (1 if turn else 2))
                    found[name] += times if turn else []
        finally:
            for server in running.values():
                server.process.terminate()
                server.process.wait()
        for name, times in found.items():
            p50, p95 = percentiles(times)
            rate = len(times) / (ROUNDS * options.seconds)
            print(f"| {name} | {workers} | {p50:.1f} | {p95:.1f} | {rate:.0f} |", flush=True)
            print(json.dumps({"server": name, "workers": workers, "p50": p50, "rate": rate}), file=sys.stderr)


if __name__ == "__main__":
    main()
