"""What a run has measured, as a table with ratios and as a JSON file."""

from __future__ import annotations

import json
import os
import platform
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path


def describe_machine() -> str:
    """Return the size of this machine and the version of Python."""
    cores = len(os.sched_getaffinity(0))
    gibibytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{cores} cores, {gibibytes:.0f} GiB, Python {platform.python_version()}"


@dataclass
class Report:
    """Figures by name of what was measured, and why something was not."""

    started_at: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))
    machine: str = field(default_factory=describe_machine)
    load: float = field(default_factory=lambda: os.getloadavg()[0])
    figures: dict[str, dict[str, float]] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)

    def rate(self, name: str) -> float:
        """Return offers or documents per second of one row, 0 when it was not measured."""
        row = self.figures.get(name, {})
        return row.get("offers", row.get("documents", 0)) / row["seconds"] if row else 0.0

    def write(self, file: Path) -> None:
        """Write everything as JSON."""
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(asdict(self), indent=2) + "\n", "utf-8")

    def print(self) -> None:
        """Print the tables, ours first."""
        ours = [name for name in self.figures if name.startswith("entraide ")]
        peers = [name for name in self.figures if name.startswith(("kinto", "pouchdb"))]
        print(f"\n{self.machine}, load {self.load:.1f} before the run, {self.started_at}\n")
        self._print_rates([*ours, *peers])
        self._print_ratios(ours, peers)
        self._print_index(ours)
        self._print_polls()
        for name, reason in self.skipped.items():
            print(f"not measured: {name}: {reason}")

    def _print_rates(self, names: list[str]) -> None:
        print(
            f"{'replicated':34}{'documents':>10}{'seconds':>9}{'per second':>11}"
            f"{'CPU s':>8}{'peak MiB':>10}{'grown by':>10}"
        )
        for name in names:
            row = self.figures[name]
            count = row.get("offers", row.get("documents", 0))
            memory = (
                f"{row['cpu_seconds']:8.1f}{row['peak_mib']:10.0f}"
                f"{row['peak_mib'] - row['start_mib']:10.0f}"
                if "peak_mib" in row
                else ""
            )
            print(f"{name:34}{count:10,.0f}{row['seconds']:9.1f}{self.rate(name):11,.0f}{memory}")

    def _print_ratios(self, ours: list[str], peers: list[str]) -> None:
        print()
        for name in ours:
            words = [f"{self.rate(name) / self.rate(peer):.1f} times {peer}" for peer in peers]
            if words:
                print(f"{name}: {', '.join(words)}")

    def _print_index(self, ours: list[str]) -> None:
        print(
            f"\n{'what the search index adds':34}{'documents':>10}{'seconds':>9}{'per second':>11}"
            f"{'of bootstrap':>14}"
        )
        for name in ours:
            row = self.figures[name]
            seconds = row["index_seconds"]
            print(
                f"{name:34}{row['indexed']:10,.0f}{seconds:9.1f}"
                f"{row['indexed'] / seconds:11,.0f}{seconds / row['seconds']:14.0%}"
            )

    def _print_polls(self) -> None:
        print(f"\n{'poll without news':34}{'request':>10}{'answer':>9}{'bytes':>11}")
        for name, row in self.figures.items():
            if "poll_request" in row:
                request, answer = row["poll_request"], row["poll_answer"]
                print(f"{name:34}{request:10.0f}{answer:9.0f}{request + answer:11.0f}")
        print()
