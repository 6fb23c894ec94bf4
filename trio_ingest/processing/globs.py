"""Several globs as one pattern, case-sensitive, as Home Assistant reads them."""

import re
from collections.abc import Iterable
from fnmatch import translate

_NOTHING = r"(?!)"


def glob_pattern(globs: Iterable[str]) -> re.Pattern[str]:
    """Return a pattern that matches what any of *globs* does; without globs it matches nothing."""
    return re.compile("|".join(map(translate, globs)) or _NOTHING)
