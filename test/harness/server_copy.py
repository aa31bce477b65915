"""A PostgreSQL of our own to install into: programs are copied, the rest are links to those of the real one.

The server finds its libraries and scripts from where its program lies, so that a library built for a test need not
be put in the place of the one that is installed.
"""

import os
import shutil
import subprocess


def pg_config(option):
    return subprocess.check_output([os.environ.get("PG_CONFIG", "pg_config"), option], text=True).strip()


def copy_server(directory):
    """Makes it in a directory; returns its pg_config. Nothing of mailstack is in it."""
    places = {option: pg_config(f"--{option}") for option in ("bindir", "pkglibdir", "sharedir", "includedir")}
    root = os.path.commonpath(places.values())

    def here(path):
        return os.path.join(directory, os.path.relpath(path, root))

    shutil.copytree(places["bindir"], here(places["bindir"]))
    os.makedirs(os.path.dirname(here(places["includedir"])), exist_ok=True)
    os.symlink(places["includedir"], here(places["includedir"]))
    for folder in (places["pkglibdir"], places["sharedir"], f"{places['sharedir']}/extension"):
        link_all(folder, here(folder))
    return os.path.join(here(places["bindir"]), "pg_config")


def link_all(folder, target):
    os.makedirs(target, exist_ok=True)
    for name in os.listdir(folder):
        if name not in ("extension", "bitcode") and not name.startswith("mailstack"):
            os.symlink(os.path.join(folder, name), os.path.join(target, name))
