"""A hub that knows one pilot only, so that no test looks for sites that do not run."""

import re
import shutil
from pathlib import Path

INSTANCES = Path(__file__).parents[1] / "instances"
PEER = re.compile(r'\[\[federation\.peers\]\]\nbase = "(?P<base>[^"]+)"\nrole = "[a-z]+"\n*')


def copy_hub_and(pilot, folder):
    """Copy the hub, with the pilot as its only peer, and return both instance folders."""
    hub = folder / "hub"
    shutil.copytree(INSTANCES / "hub", hub)
    settings = (hub / "instance.toml").read_text("utf-8")
    kept = PEER.sub(
        lambda peer: peer[0] if peer["base"] == f"https://{pilot}.example" else "", settings
    )
    assert kept.count("[[federation.peers]]") == 1
    (hub / "instance.toml").write_text(kept, "utf-8")
    return [hub, INSTANCES / pilot]
