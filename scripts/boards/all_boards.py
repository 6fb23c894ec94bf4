"""The boards by the names of their files, as text."""

import json
from collections.abc import Mapping

from scripts.boards import daemon, home
from scripts.boards.home_flux import FLUX
from scripts.boards.home_influxql import INFLUXQL


def all_boards() -> Mapping[str, str]:
    boards = {
        "daemon.json": daemon.board(),
        "home.json": home.board(INFLUXQL),
        "home-flux.json": home.board(FLUX),
    }
    return {
        name: json.dumps(board, indent=2, ensure_ascii=False) + "\n"
        for name, board in boards.items()
    }
