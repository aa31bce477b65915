"""Planted faults: each file of test/mutants says what it breaks, which test has to see it, and the change of one text.

    breaks = "the hash leaves out the last octet of a key"
    caught_by = "regress:laws"                  what test/run is asked for
    file = "src/mailkey/mailkey_ops_pg.c"
    old = '''...'''                             stands once in that file
    new = '''...'''
"""

import dataclasses
import tomllib

from pathlib import Path


@dataclasses.dataclass
class Mutant:
    name: str
    breaks: str
    caught_by: str
    file: str
    old: str
    new: str

    def complaint(self, root):
        """Why it cannot be planted in this tree, or None."""
        path = Path(root) / self.file
        if not path.exists():
            return f"there is no {self.file}"
        times = path.read_text().count(self.old)
        if times != 1:
            return f"its old text stands {times} times in {self.file}"
        return "it changes nothing" if self.old == self.new else None

    def plant(self, root):
        """Returns what takes it back."""
        path = Path(root) / self.file
        text = path.read_text()
        path.write_text(text.replace(self.old, self.new))
        return lambda: path.write_text(text)


def load(root):
    return [Mutant(name=path.stem, **tomllib.loads(path.read_text())) for path in sorted(Path(root).glob("test/mutants/*.toml"))]
