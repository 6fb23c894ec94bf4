"""Reads docs/prometheus: the alerts by their names."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parents[2] / "docs" / "prometheus"
RULES = FOLDER / "alerts.yml"
TESTS = FOLDER / "alerts_test.yml"

[_GROUP] = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
ALERTS: Mapping[str, dict[str, Any]] = {rule["alert"]: rule for rule in _GROUP["rules"]}
